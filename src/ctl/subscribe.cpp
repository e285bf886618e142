// hookspoolctl subscribe

#include <json/value.h>

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/present_subscription.h"
#include "ctl/refusal.h"
#include "ctl/subscription_file.h"
#include "strava/printable_text.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {
namespace {

constexpr std::size_t kLongestCallback = 255;  // Strava's limit

std::string callback_url(const std::string& option, const config::StravaConfig& strava) {
  const std::string& url = option.empty() ? strava.callback_url : option;
  if (url.empty()) {
    throw Error(ExitCode::kUsage,
                "where does Strava reach the receiver? Set strava.callback_url in hookspool.toml, "
                "or give --callback-url");
  }
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    throw Error(ExitCode::kUsage, "the callback URL must begin with https:// or http://");
  }
  if (url.size() > kLongestCallback) {
    throw Error(ExitCode::kUsage, "the callback URL has more than 255 characters, Strava's limit");
  }
  return url;
}

/// Strava allows one subscription per application, so that one with another URL is in the way.
void expect_our_url(const strava::Subscription& existing, const std::string& url) {
  if (existing.callback_url == url) return;
  throw Error(ExitCode::kUnavailable,
              "Strava has a subscription of this application already: " + text_of(existing.id) +
                  " with " + strava::printable(existing.callback_url) +
                  "; whoever uses it gets no events any more once you remove it with "
                  "hookspoolctl unsubscribe " +
                  text_of(existing.id));
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

void warn_of_configured_id(const config::ReceiverConfig& receiver, event::SubscriptionId id) {
  if (!receiver.subscription_id || *receiver.subscription_id == id) return;
  log::warning(
      "receiver.subscription_id in hookspool.toml is " + text_of(*receiver.subscription_id) +
      ", so that the receiver refuses all events of " + text_of(id) + "; remove that line");
}

void subscribe(Context& context, Output& output, const std::string& url_option) {
  const config::StravaConfig strava = context.config().strava();
  const config::ReceiverConfig receiver = context.config().receiver();
  const std::string url = callback_url(url_option, strava);
  const SubscriptionFile file(receiver.spool);
  file.prepare();

  strava::Subscriptions subscriptions(context.transport(), context.clock(), strava);
  const auto existing = present_subscription(subscriptions);
  if (existing) expect_our_url(*existing, url);
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
  const auto url = std::make_shared<std::string>();
  command
      ->add_option("--callback-url", *url,
                   "where Strava reaches the receiver (default: strava.callback_url)")
      ->type_name("URL");
  add_json_flag(*command, line);
  command->footer(
      "The receiver must be running: Strava asks it for an echo before it answers. The id is\n"
      "written to <spool>/subscription, so that the receiver refuses events of others.\n\n"
      "Example: hookspoolctl subscribe --callback-url https://example.org/strava/webhook");
  command->callback([&line, url] {
    line.command = [url](Context& context, Output& output) { subscribe(context, output, *url); };
  });
}

}  // namespace hookspool::ctl
