// hookspoolctl doctor

#include <json/value.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "ctl/callback_check.h"
#include "ctl/commands.h"
#include "ctl/diagnosis.h"
#include "spool/layout.h"
#include "strava/curl_transport.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::string receiver_user;
  std::string fetcher_user;
};

const char* name_of(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarning:
      return "warning";
    case Level::kFault:
      return "fault";
  }
  return "fault";
}

/// A check that cannot be made is a finding, too: the others go on.
void add(Findings& findings, const char* subject, const std::function<Findings()>& check) {
  try {
    for (Finding& finding : check()) findings.push_back(std::move(finding));
  } catch (const Error& error) {
    findings.push_back({Level::kFault, subject, std::string("not checked: ") + error.what(), ""});
  }
}

/// As whom the receiver runs, where nobody says it: the spool is its own.
User receiver_user(Context& context, const std::string& given) {
  if (!given.empty()) return user_named(given);
  const spool::Layout layout(context.config().spool());
  const auto owner = owner_of_first({layout.root(), layout.lock(), layout.current()});
  if (owner) return *owner;
  throw Error(ExitCode::kUsage, "whom the receiver runs as is not known; name it with --web-user");
}

User fetcher_user(Context& context, const std::string& given) {
  if (!given.empty()) return user_named(given);
  const std::filesystem::path database = store::database_file(context.config().store().url);
  const auto owner = owner_of_first({database, database.parent_path()});
  if (owner) return *owner;
  throw Error(ExitCode::kUsage,
              "whom the fetcher runs as is not known; name it with --fetcher-user");
}

Findings try_access(Context& context, const Options& options) {
  if (::geteuid() != 0) {
    return {{Level::kOk, "access", "tried as the present user only; root can try as others", ""}};
  }
  return check_access(context, receiver_user(context, options.receiver_user),
                      fetcher_user(context, options.fetcher_user));
}

Findings try_callback(Context& context) {
  const std::string url = context.config().strava().callback_url;
  if (url.empty()) {
    return {{Level::kWarning, "callback", "strava.callback_url is not set",
             "set it to the URL at which Strava reaches the receiver"}};
  }
  strava::HttpLimits limits;
  limits.connect_timeout = std::chrono::seconds(3);
  limits.total_timeout = std::chrono::seconds(6);
  strava::CurlTransport transport(limits);
  return check_callback(transport, context.clock(), url, context.config().verify_token());
}

/// By itself: a database whose disk is full cannot always be opened.
Findings look_at_room_of_store(Context& context) {
  const auto directory = store::database_file(context.config().store().url).parent_path();
  if (!std::filesystem::exists(directory)) return {};
  return {check_room("store", directory)};
}

Findings diagnose(Context& context, const Options& options) {
  Findings findings;
  add(findings, "configuration", [&] { return check_configuration(context); });
  const bool readable = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Level::kFault;
  });
  if (!readable) return findings;
  add(findings, "spool",
      [&] { return check_spool(context.config().spool(), spool::real_file_system()); });
  add(findings, "access", [&] { return try_access(context, options); });
  add(findings, "callback", [&] { return try_callback(context); });
  add(findings, "store", [&] { return look_at_room_of_store(context); });
  add(findings, "store", [&] { return check_store(context); });
  add(findings, "signatures", [&] { return check_signatures(context); });
  add(findings, "notify", [&] { return check_notify(context); });
  add(findings, "strava", [&] { return check_strava(context); });
  return findings;
}

Level gravest(const Findings& findings) {
  Level gravest = Level::kOk;
  for (const Finding& finding : findings) gravest = std::max(gravest, finding.level);
  return gravest;
}

Json::Value to_json(const Findings& findings) {
  Json::Value array(Json::arrayValue);
  for (const Finding& finding : findings) {
    Json::Value value;
    value["level"] = name_of(finding.level);
    value["subject"] = finding.subject;
    value["text"] = finding.text;
    value["mend"] = finding.mend;
    array.append(value);
  }
  return array;
}

void print_lines(Output& output, const Findings& findings) {
  constexpr std::size_t kLevelWidth = 9;
  constexpr std::size_t kSubjectWidth = 15;
  for (const Finding& finding : findings) {
    std::string level = name_of(finding.level);
    const std::string blanks(kLevelWidth - level.size(), ' ');
    if (finding.level == Level::kFault) level = output.emphasized(level);
    std::string subject = finding.subject;
    subject.resize(std::max(kSubjectWidth, subject.size() + 1), ' ');
    output.print(level + blanks + subject + finding.text);
    if (!finding.mend.empty()) {
      output.print(std::string(kLevelWidth + kSubjectWidth, ' ') + "-> " + finding.mend);
    }
  }
}

}  // namespace

void declare_doctor(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("doctor", "look at everything that can be wrong");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("--web-user", options->receiver_user,
                   "as whom the receiver runs (default: who owns the spool's files)")
      ->type_name("NAME");
  command
      ->add_option("--fetcher-user", options->fetcher_user,
                   "as whom the fetcher runs (default: who owns the database)")
      ->type_name("NAME");
  add_json_flag(*command, line);
  command->footer(
      "Each line says ok, warning or fault, and what to do. Run it as root, so that it\n"
      "can try what each program's user can reach. Exit code: 0 all is well, 1 there\n"
      "are warnings, 2 there are faults.\n\n"
      "Example: hookspoolctl doctor");
  command->callback([&line, options] {
    line.command = [&line, options](Context& context, Output& output) {
      const Findings findings = diagnose(context, *options);
      output.json() ? output.print(to_json(findings)) : print_lines(output, findings);
      line.exit_code = static_cast<int>(gravest(findings));
    };
  });
}

}  // namespace hookspool::ctl
