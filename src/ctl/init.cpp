// hookspoolctl init

#include <grp.h>
#include <json/value.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/random_token.h"
#include "config/home_directory.h"
#include "ctl/callback_url.h"
#include "ctl/commands.h"
#include "ctl/confirm.h"
#include "ctl/installation.h"
#include "ctl/prompt.h"
#include "ctl/secret_input.h"
#include "ctl/set_up.h"
#include "ctl/web_server_snippet.h"

namespace hookspool::ctl {
namespace {

/// 128 bits.
constexpr std::size_t kTokenDigits = 32;

struct Options {
  std::optional<std::string> client_id;
  std::string client_secret_file;
  std::optional<std::string> callback_url;
  std::optional<std::string> spool;
  std::optional<std::string> store;
  std::optional<std::string> directory;
  std::string user;
  std::string receiver_user;
  std::string api_url;
  std::string oauth_url;
  std::string web_server;
  bool secret_path = false;
  bool force = false;
};

/// Where things go unless the person says otherwise: a service's places for root, those of an
/// account for everybody else.
struct Places {
  std::string directory;
  std::string spool;
  std::string store;
};

Places usual_places() {
  if (::geteuid() == 0) {
    return {"/etc/hookspool", "/var/spool/hookspool", "/var/lib/hookspool/hookspool.db"};
  }
  const std::filesystem::path home = config::home_directory();
  if (home.empty()) return {};
  return {home / ".config/hookspool", home / ".local/share/hookspool/spool",
          home / ".local/share/hookspool/hookspool.db"};
}

std::string complaint_about_client_id(const std::string& text) {
  std::int64_t id = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, id);
  const bool fits = error == std::errc{} && end == last && id > 0;
  return fits ? "" : "the client id is a number; https://www.strava.com/settings/api shows it";
}

std::string complaint_about_path(const std::string& path) {
  return path.starts_with('/') ? "" : "give a path that begins with /";
}

std::string complaint_about_callback(const std::string& url) {
  const std::string complaint = complaint_about_callback_url(url);
  if (!complaint.empty()) return complaint;
  // It becomes the name of a location in the web server's configuration.
  if (url.find('?') != std::string::npos) return "give the callback URL without a query (?)";
  if (path_of(url) == "/")
    return "give the callback URL a path of its own, such as /strava/webhook";
  return "";
}

std::filesystem::path path_answer(const std::string& text, const std::string& option,
                                  const std::string& usual,
                                  const std::optional<std::string>& given) {
  const std::string answer = answer_to({text, option, usual, complaint_about_path}, given);
  return std::filesystem::path(answer).lexically_normal();
}

User service_user(const std::string& name) {
  try {
    return user_named(name);
  } catch (const Error& error) {
    throw Error(error.exit_code(),
                std::string(error.what()) +
                    "; name others with --user and --receiver-user, or make those that the units "
                    "have, with systemd-sysusers after make install");
  }
}

/// Whoever names one user means both programs.
SetUp::Users service_users(const Options& options) {
  const std::string fetcher = options.user.empty() ? kFetcherUser : options.user;
  const std::string usual_receiver = options.user.empty() ? kReceiverUser : options.user;
  const SetUp::Users users{
      service_user(fetcher),
      service_user(options.receiver_user.empty() ? usual_receiver : options.receiver_user)};
  if (!is_member(users.fetcher, users.receiver.gid)) {
    throw Error(ExitCode::kUsage, users.fetcher.name + " is not in the group of " +
                                      users.receiver.name +
                                      ", so it could not work the spool off; add it: usermod -aG " +
                                      users.receiver.name + " " + users.fetcher.name);
  }
  return users;
}

SetUp asked(const Options& options) {
  const Places usual = usual_places();
  SetUp set_up;
  if (::geteuid() == 0) set_up.users = service_users(options);
  const std::string id = answer_to({"Client id (https://www.strava.com/settings/api)",
                                    "--client-id", "", complaint_about_client_id},
                                   options.client_id);
  set_up.client_id = std::stoll(id);
  if (options.client_secret_file.empty() && !is_interactive()) {
    throw Error(ExitCode::kUsage,
                "--client-secret-file is missing, and nobody is there to be asked");
  }
  set_up.client_secret = read_secret("client secret", options.client_secret_file);
  set_up.callback_url = answer_to({"Callback URL, where Strava reaches this machine",
                                   "--callback-url", "", complaint_about_callback},
                                  options.callback_url);
  while (set_up.callback_url.ends_with('/')) set_up.callback_url.pop_back();
  if (options.secret_path) set_up.callback_url += "/" + random_token().substr(0, kTokenDigits);
  set_up.directory =
      path_answer("Directory of hookspool.toml", "--directory", usual.directory, options.directory);
  set_up.spool = path_answer("Spool directory", "--spool", usual.spool, options.spool);
  set_up.database = path_answer("Database file", "--store", usual.store, options.store);
  set_up.api_url = options.api_url;
  set_up.oauth_url = options.oauth_url;
  set_up.verify_token = Secret(random_token().substr(0, kTokenDigits));
  return set_up;
}

void expect_leave_to_replace(const SetUp& set_up, bool force) {
  const auto existing = set_up.existing();
  if (existing.empty() || force) return;
  std::string names;
  for (const auto& path : existing) names += (names.empty() ? "" : ", ") + path.string();
  if (!is_interactive()) {
    throw Error(ExitCode::kCannotCreate,
                "already there: " + names + "; --force replaces them, and keeps copies (.bak)");
  }
  confirm("Replace " + names + "? Copies are kept (.bak).");
}

std::string indented(const std::string& text) {
  std::string result;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin && c != '\n') result += "    ";
    result += c;
    at_begin = c == '\n';
  }
  return result;
}

/// That of the user's own group, which often has another name than the user.
std::string group_name(const User& user) {
  const group* const entry = ::getgrgid(user.gid);
  return entry == nullptr ? std::to_string(user.gid) : entry->gr_name;
}

std::string web_server_text(const SetUp& set_up, const std::string& web_server) {
  std::string text;
  for (const WebServerSnippet& snippet :
       web_server_snippets(web_server, set_up.callback_url, receiver_directory(),
                           set_up.users ? group_name(set_up.users->receiver) : kReceiverUser,
                           web_user(web_server))) {
    text += "\n" + snippet.heading + "\n\n" + indented(snippet.text);
  }
  return text;
}

std::string web_user_option(const std::string& web) {
  return web.empty() ? " --web-user NAME   # your web server's user" : " --web-user " + web;
}

/// The receiver's, where there is no journal.
constexpr const char* kReceiverLog = "/var/log/hookspool.log";

/// By sd_booted(3).
bool runs_systemd() {
  return std::filesystem::is_directory("/run/systemd/system");
}

/// "" where the programs find it by themselves.
std::string config_option(const SetUp& set_up) {
  if (set_up.directory == usual_places().directory) return "";
  return " --config " + set_up.configuration().string();
}

/// Cron has a short $PATH of its own.
std::string line_for_cron(const SetUp& set_up) {
  const std::string fetcher = program_directory() / "hookspool-fetcher";
  return "*/5 * * * * " + fetcher + " --once" + config_option(set_up);
}

/// The group that the receiver's socket is for, or a word to be replaced where nobody knows it.
std::string socket_group(const std::string& web_server) {
  const std::string web = web_user(web_server);
  return web.empty() ? "GROUP" : web;
}

std::string how_systemd_starts_it(const std::string& web_server) {
  if (starts_receivers(web_server)) return "    systemctl enable --now hookspool-fetcher.service\n";
  const std::string group = socket_group(web_server);
  const std::string edit =
      group == kDebiansWebUser
          ? ""
          : "    systemctl edit hookspool-receiver.socket   # [Socket] SocketGroup=" + group + "\n";
  return edit + "    systemctl enable --now hookspool-receiver.socket hookspool-fetcher.service\n";
}

/// docs/deployment.md, "Without systemd".
std::string how_it_starts_without_systemd(const SetUp& set_up, const std::string& web_server) {
  const std::string cron =
      "    crontab -u " + set_up.users->fetcher.name + " -e   # " + line_for_cron(set_up) + "\n";
  if (starts_receivers(web_server)) return cron;
  const std::string user = set_up.users->receiver.name;
  return "    install -d -m 2750 -o " + user + " -g " + socket_group(web_server) + " " +
         std::filesystem::path(kReceiverSocket).parent_path().string() +
         "   # these two at each boot\n    setsid runuser -u " + user + " -- " +
         (receiver_directory() / "hookspool.fcgi").string() + config_option(set_up) +
         " \\\n      --socket " + kReceiverSocket + " </dev/null >>" + kReceiverLog + " 2>&1 &\n" +
         cron;
}

std::string next_steps(const SetUp& set_up, const std::string& web_server) {
  const bool for_service = set_up.users.has_value();
  const std::string own = command_name("hookspoolctl");
  const std::string ctl =
      for_service ? "runuser -u " + set_up.users->fetcher.name + " -- " + own : own;
  const std::string config = config_option(set_up);
  std::string text = "\nThen:\n\n";
  if (!for_service) {
    text += "    crontab -e   # " + line_for_cron(set_up) + "\n";
  } else if (runs_systemd()) {
    text += how_systemd_starts_it(web_server);
  } else {
    text += how_it_starts_without_systemd(set_up, web_server);
  }
  for (const char* command : {"send-test create", "authorize", "subscribe"}) {
    text += "    " + ctl + config + " " + command + "\n";
  }
  // As root, to try what each program's user can reach: receivers that the web server starts are
  // its own user's.
  const bool as_web_user = for_service && starts_receivers(web_server);
  text += "    " + own + config + " doctor" +
          (as_web_user ? web_user_option(web_user(web_server)) : "") + "\n";
  if (!for_service || !runs_systemd()) return text;
  const Places usual = usual_places();
  if (set_up.spool != usual.spool || set_up.database != usual.store ||
      set_up.directory != usual.directory) {
    text += "\nThe units name " + usual.directory + ", " + usual.spool +
            " and /var/lib/hookspool:\nadapt ExecStart and ReadWritePaths with systemctl edit.\n";
  }
  if (!has_the_users_of_the_units(*set_up.users)) {
    text += "\nThe units name the users " + std::string(kFetcherUser) + " and " + kReceiverUser +
            ":\nadapt User, Group and SupplementaryGroups with systemctl edit.\n";
  }
  return text;
}

void report(Output& output, const SetUp& set_up, const std::string& web_server) {
  if (output.json()) {
    Json::Value value;
    value["configuration"] = set_up.configuration().string();
    value["callback_url"] = set_up.callback_url;
    value["spool"] = set_up.spool.string();
    value["database"] = set_up.database.string();
    return output.print(value);
  }
  std::string written = set_up.configuration().string() + ", " +
                        set_up.client_secret_file().string() + ", " +
                        set_up.verify_token_file().string();
  if (!tmpfiles_text(set_up).empty() && std::filesystem::exists(kTmpfiles)) {
    written += std::string(", ") + kTmpfiles;
  }
  output.print_unchanged("Written: " + written + "\nMade:    " + set_up.spool.string() + ", " +
                         set_up.database.parent_path().string() + "\n");
  output.print_unchanged(web_server_text(set_up, web_server));
  output.print_unchanged(next_steps(set_up, web_server));
}

void init(Output& output, const Options& options) {
  const SetUp set_up = asked(options);
  expect_leave_to_replace(set_up, options.force);
  write_set_up(set_up);
  const std::string usual = set_up.users ? "nginx" : "htaccess";
  report(output, set_up, options.web_server.empty() ? usual : options.web_server);
}

}  // namespace

void declare_init(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("init", "write the configuration, and say what comes next");
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, auto& target, const std::string& what, const char* type) {
    return command->add_option(name, target, what)->type_name(type);
  };
  add("--client-id", options->client_id, "of your API application", "NUMBER");
  add("--client-secret-file", options->client_secret_file, "holds its secret; copied", "FILE");
  add("--callback-url", options->callback_url, "where Strava reaches the receiver", "URL");
  command->add_flag("--secret-path", options->secret_path,
                    "add a random part to its path, known to Strava alone");
  add("--directory", options->directory, "where hookspool.toml goes", "PATH");
  add("--spool", options->spool, "the spool directory", "PATH");
  add("--store", options->store, "the database", "PATH");
  add("--user", options->user, "as whom the fetcher runs, if root asks", "NAME");
  add("--receiver-user", options->receiver_user, "as whom the receiver runs", "NAME");
  std::vector<std::string> choices = web_servers();
  choices.emplace_back("none");
  add("--web-server", options->web_server,
      "whose configuration to print: " + CLI::detail::join(choices, ", "), "NAME")
      ->check(CLI::IsMember(choices));
  add("--api-url", options->api_url, "instead of Strava's", "URL");
  add("--oauth-url", options->oauth_url, "instead of Strava's", "URL");
  command->add_flag("--force", options->force, "replace what is there; copies are kept");
  add_json_flag(*command, line);
  command->footer(
      "Asks for what no option says. The verify token is made up.\n\n"
      "Example: hookspoolctl init --callback-url https://www.example.org/webhook");
  command->callback([&line, options] {
    line.command = [options](Context&, Output& output) { init(output, *options); };
  });
}

}  // namespace hookspool::ctl
