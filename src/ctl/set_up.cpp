#include "ctl/set_up.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iomanip>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file_content.h"
#include "config/config_file.h"
#include "config/toml.h"

namespace hookspool::ctl {
namespace {

constexpr mode_t kSpoolMode = 02770;

std::string quoted(const std::string& text) {
  std::ostringstream stream;
  const toml::value<std::string> value(text);
  stream << toml::toml_formatter(value);
  return stream.str();
}

void give_to(const std::filesystem::path& path, uid_t user, gid_t group) {
  if (::chown(path.c_str(), user, group) != 0) {
    throw SystemError("give " + path.string() + " to its user", errno, ExitCode::kCannotCreate);
  }
}

void set_mode(const std::filesystem::path& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) {
    throw SystemError("set the mode of " + path.string(), errno, ExitCode::kCannotCreate);
  }
}

struct Owner {
  uid_t user;
  gid_t group;
};

struct Directory {
  std::filesystem::path path;
  mode_t mode;
  std::optional<Owner> owner;
};

/// Those that the two programs need.
std::vector<Directory> directories_of(const SetUp& set_up) {
  const std::filesystem::path store = set_up.database.parent_path();
  if (!set_up.users) {
    return {{set_up.directory, 0700, {}}, {set_up.spool, 0700, {}}, {store, 0700, {}}};
  }
  const User& fetcher = set_up.users->fetcher;
  const User& receiver = set_up.users->receiver;
  return {{set_up.directory, 0750, Owner{0, receiver.gid}},
          {set_up.spool, kSpoolMode, Owner{receiver.uid, receiver.gid}},
          {store, 0750, Owner{fetcher.uid, fetcher.gid}}};
}

/// Those of them that systemd/hookspool.tmpfiles names.
std::vector<Directory> directories_of_tmpfiles(const SetUp& set_up) {
  std::vector<Directory> directories;
  if (!set_up.users) return directories;
  for (Directory& directory : directories_of(set_up)) {
    const std::filesystem::path& path = directory.path;
    if (path == "/etc/hookspool" || path == "/var/spool/hookspool" || path == "/var/lib/hookspool")
      directories.push_back(std::move(directory));
  }
  return directories;
}

void give(const Directory& directory) {
  if (directory.owner) give_to(directory.path, directory.owner->user, directory.owner->group);
  set_mode(directory.path, directory.mode);
}

/// With its owner and mode, unless it is there: then it stays as it is.
void make_directory(const Directory& directory) {
  const std::filesystem::path& path = directory.path;
  if (std::filesystem::exists(path)) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    throw SystemError("make the directory " + path.string(), errno, ExitCode::kCannotCreate);
  }
  give(directory);
}

void keep_a_copy(const std::filesystem::path& path, mode_t mode) {
  if (!std::filesystem::exists(path)) return;
  replace_file_durably(path.string() + ".bak", read_file(path), mode);
}

void write_file(const std::filesystem::path& path, const std::string& content,
                const std::optional<gid_t>& readers) {
  const mode_t mode = readers ? 0640 : 0600;
  keep_a_copy(path, S_IRUSR | S_IWUSR);
  replace_file_durably(path, content, mode);
  if (readers) give_to(path, 0, *readers);
  set_mode(path, mode);
}

void write_tmpfiles(const SetUp& set_up) {
  const std::string text = tmpfiles_text(set_up);
  const std::filesystem::path file = kTmpfiles;
  const bool is_there = std::filesystem::exists(file);
  if (text.empty() || (has_the_users_of_the_units(*set_up.users) && !is_there)) return;
  // Without the directory there is no systemd that would read it.
  if (!std::filesystem::exists(file.parent_path())) return;
  replace_file_durably(file, text, 0644);
  set_mode(file, 0644);
  for (const Directory& directory : directories_of_tmpfiles(set_up)) give(directory);
}

void prove(const std::filesystem::path& configuration) {
  const config::ConfigFile file(configuration);
  file.receiver();
  file.strava();
  file.store();
  file.fetcher();
}

}  // namespace

std::vector<std::filesystem::path> SetUp::existing() const {
  std::vector<std::filesystem::path> found;
  for (const auto& path : {configuration(), client_secret_file(), verify_token_file()}) {
    if (std::filesystem::exists(path)) found.push_back(path);
  }
  return found;
}

std::string configuration_text(const SetUp& set_up) {
  std::string text =
      "# Written by hookspoolctl init. docs/configuration.md explains every key.\n\n"
      "[receiver]\n"
      "spool = " +
      quoted(set_up.spool) +
      "\n"
      "verify_token_file = \"verify-token\"\n"
      "# accept = [\"activity.create\", \"activity.update\", \"activity.delete\", "
      "\"athlete.deauthorize\"]\n\n"
      "[strava]\n"
      "client_id = " +
      std::to_string(set_up.client_id) +
      "\n"
      "client_secret_file = \"client-secret\"\n"
      "callback_url = " +
      quoted(set_up.callback_url) + "\n";
  if (!set_up.api_url.empty()) text += "api_url = " + quoted(set_up.api_url) + "\n";
  if (!set_up.oauth_url.empty()) text += "oauth_url = " + quoted(set_up.oauth_url) + "\n";
  return text + "\n[store]\nurl = " + quoted("sqlite:" + set_up.database.string()) + "\n";
}

bool has_the_users_of_the_units(const SetUp::Users& users) {
  return users.fetcher.name == kFetcherUser && users.receiver.name == kReceiverUser;
}

std::string tmpfiles_text(const SetUp& set_up) {
  const std::vector<Directory> directories = directories_of_tmpfiles(set_up);
  if (directories.empty()) return "";
  std::ostringstream text;
  text << "# Written by hookspoolctl init, for the users that it was given.\n" << std::oct;
  for (const auto& [path, mode, owner] : directories) {
    text << "d " << path.string() << " " << std::setw(4) << std::setfill('0') << mode << " "
         << std::to_string(owner->user) << " " << std::to_string(owner->group) << " -\n";
  }
  return text.str();
}

void write_set_up(const SetUp& set_up) {
  std::optional<gid_t> fetcher;
  std::optional<gid_t> both;
  if (set_up.users) {
    fetcher = set_up.users->fetcher.gid;
    both = set_up.users->receiver.gid;
  }
  for (const Directory& directory : directories_of(set_up)) make_directory(directory);
  write_tmpfiles(set_up);
  write_file(set_up.verify_token_file(), set_up.verify_token.reveal() + "\n", both);
  write_file(set_up.client_secret_file(), set_up.client_secret.reveal() + "\n", fetcher);
  write_file(set_up.configuration(), configuration_text(set_up), both);
  prove(set_up.configuration());
}

}  // namespace hookspool::ctl
