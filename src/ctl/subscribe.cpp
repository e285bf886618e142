// hookspoolctl subscribe

#include <json/value.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "ctl/callback_check.h"
#include "ctl/callback_url.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/present_subscription.h"
#include "ctl/refusal.h"
#include "ctl/subscription_file.h"
#include "strava/curl_transport.h"
#include "strava/printable_text.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {
namespace {

std::string callback_url(const std::string& option, const config::StravaConfig& strava) {
  const std::string& url = option.empty() ? strava.callback_url : option;
  if (url.empty()) {
    throw Error(ExitCode::kUsage,
                "where does Strava reach the receiver? Set strava.callback_url in hookspool.toml, "
                "or give --callback-url");
  }
  const std::string complaint = complaint_about_callback_url(url);
  if (!complaint.empty()) throw Error(ExitCode::kUsage, complaint);
  return url;
}

struct Options {
  std::string callback_url;
  bool replace = false;
  bool no_check = false;
};

/// Strava's own complaints about a callback are few words for many faults, so that everything is
/// looked at before it is asked; a person reads what is well, too. \throws Error  it would refuse
void expect_answer(const Clock& clock, Output& output, const std::string& url,
                   const Secret& verify_token) {
  strava::HttpLimits limits;
  limits.connect_timeout = std::chrono::seconds(3);
  limits.total_timeout = std::chrono::seconds(6);
  strava::CurlTransport transport(limits);
  std::string faults;
  for (const Finding& finding : check_callback(transport, clock, url, verify_token)) {
    if (finding.level == Level::kOk) {
      if (!output.json()) output.print("the callback URL " + finding.text);
      continue;
    }
    const std::string sentence = finding.text + "; " + finding.mend;
    if (finding.level == Level::kWarning) log::warning(sentence);
    if (finding.level == Level::kFault) faults += (faults.empty() ? "" : ". Also, ") + sentence;
  }
  if (faults.empty()) return;
  throw Error(ExitCode::kUnavailable, "Strava would not accept " + url + ": " + faults +
                                          ". (--no-check asks Strava all the same)");
}

/// Strava allows one subscription per application, so that one with another URL is in the way.
[[noreturn]] void refuse_to_replace(const strava::Subscription& existing) {
  throw Error(ExitCode::kUnavailable,
              "Strava has a subscription of this application already: " + text_of(existing.id) +
                  " with " + strava::printable(existing.callback_url) +
                  "; whoever uses it gets no events any more once it is replaced, with "
                  "hookspoolctl subscribe --replace");
}

event::SubscriptionId create(strava::Subscriptions& subscriptions, const std::string& url,
                             const Secret& verify_token) {
  auto result = subscriptions.create(url, verify_token);
  auto* failure = std::get_if<strava::Failure>(&result);
  if (failure != nullptr && failure->kind == strava::FailureKind::kLater) {
    // The answer may have been lost after Strava did its part.
    failure->detail += "; run hookspoolctl subscribe again, which finds out whether it worked";
  }
  return required("subscribe " + url, std::move(result));
}

/// What Strava has now, if that is what we want; one with another URL is removed.
std::optional<strava::Subscription> adopted(strava::Subscriptions& subscriptions,
                                            const SubscriptionFile& file, const std::string& url,
                                            bool replace) {
  const auto existing = present_subscription(subscriptions);
  if (!existing || existing->callback_url == url) return existing;
  if (!replace) refuse_to_replace(*existing);
  required("remove subscription " + text_of(existing->id), subscriptions.remove(existing->id));
  // Events of the next one would be refused for the old id.
  file.remove();
  log::warning("removed subscription " + text_of(existing->id) + " with " +
               strava::printable(existing->callback_url));
  return std::nullopt;
}

void warn_of_configured_id(const config::ReceiverConfig& receiver, event::SubscriptionId id) {
  if (!receiver.subscription_id || *receiver.subscription_id == id) return;
  log::warning(
      "receiver.subscription_id in hookspool.toml is " + text_of(*receiver.subscription_id) +
      ", so that the receiver refuses all events of " + text_of(id) + "; remove that line");
}

void subscribe(Context& context, Output& output, const Options& options) {
  const config::StravaConfig strava = context.config().strava();
  const config::ReceiverConfig receiver = context.config().receiver();
  const std::string url = callback_url(options.callback_url, strava);
  const SubscriptionFile file(receiver.spool);
  file.prepare();

  if (!options.no_check) expect_answer(context.clock(), output, url, receiver.verify_token);
  strava::Subscriptions subscriptions(context.transport(), context.clock(), strava);
  const auto existing = adopted(subscriptions, file, url, options.replace);
  const event::SubscriptionId id =
      existing ? existing->id : create(subscriptions, url, receiver.verify_token);
  file.write(id);
  warn_of_configured_id(receiver, id);

  if (output.json()) {
    Json::Value value;
    value["id"] = json_of(id);
    value["callback_url"] = url;
    value["created"] = !existing;
    return output.print(value);
  }
  output.print("subscription " + text_of(id) + (existing ? " was there already: " : " created: ") +
               url);
}

}  // namespace

void declare_subscribe(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("subscribe", "have Strava send this application's events");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("--callback-url", options->callback_url,
                   "where Strava reaches the receiver (default: strava.callback_url)")
      ->type_name("URL");
  command->add_flag("--replace", options->replace,
                    "remove a subscription with another URL, which gets no events any more");
  command->add_flag("--no-check", options->no_check,
                    "do not try the callback URL before Strava does");
  add_json_flag(*command, line);
  command->footer(
      "The receiver must be running: Strava asks it for an echo before it answers, and\n"
      "so does this command before it asks Strava. The id is written to\n"
      "<spool>/subscription, so that the receiver refuses events of others.\n\n"
      "Example: hookspoolctl subscribe --callback-url https://example.org/webhook");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      subscribe(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
