#include "ctl/set_up.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <system_error>

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

/// With its owner and mode, unless it is there: then it stays as it is.
void make_directory(const std::filesystem::path& path, mode_t mode,
                    const std::optional<Owner>& owner) {
  if (std::filesystem::exists(path)) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    throw SystemError("make the directory " + path.string(), errno, ExitCode::kCannotCreate);
  }
  if (owner) give_to(path, owner->user, owner->group);
  set_mode(path, mode);
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

void write_set_up(const SetUp& set_up) {
  const mode_t mode = set_up.users ? 0750 : 0700;
  std::optional<gid_t> fetcher;
  std::optional<gid_t> both;
  std::optional<Owner> configuration;
  std::optional<Owner> spool;
  std::optional<Owner> database;
  if (set_up.users) {
    fetcher = set_up.users->fetcher.gid;
    both = set_up.users->receiver.gid;
    configuration = {0, *both};
    spool = {set_up.users->receiver.uid, *both};
    database = {set_up.users->fetcher.uid, *fetcher};
  }
  make_directory(set_up.directory, mode, configuration);
  make_directory(set_up.spool, set_up.users ? kSpoolMode : mode, spool);
  make_directory(set_up.database.parent_path(), mode, database);
  write_file(set_up.verify_token_file(), set_up.verify_token.reveal() + "\n", both);
  write_file(set_up.client_secret_file(), set_up.client_secret.reveal() + "\n", fetcher);
  write_file(set_up.configuration(), configuration_text(set_up), both);
  prove(set_up.configuration());
}

}  // namespace hookspool::ctl
