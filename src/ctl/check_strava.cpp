#include <time.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "ctl/diagnosis.h"
#include "ctl/id_text.h"
#include "ctl/subscription_file.h"
#include "ctl/token_owner.h"
#include "store/athletes.h"
#include "strava/api_base.h"
#include "strava/printable_text.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {
namespace {

using std::chrono::seconds;

/// Beyond the first, events from the future are cut back and signatures grow old; beyond the
/// second, tokens seem to end too early or too late.
constexpr seconds kClockIsOff{30};
constexpr seconds kClockIsWrong{300};

/// Asking for all athletes of a large application would use up its rate limit.
constexpr int kTokensTried = 5;

/// The time of an answer's Date header (RFC 9110, section 5.6.7).
std::optional<Timestamp> date_of(const strava::HttpResponse& response) {
  const auto date = response.headers.find("Date");
  if (!date) return std::nullopt;
  tm parts{};
  if (::strptime(std::string(*date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return std::nullopt;
  }
  return Timestamp(seconds(::timegm(&parts)));
}

/// The address that was found is the only one from then on, so that it is looked for once.
void tell_of_move(Findings& findings, const strava::ApiBase& base,
                  std::vector<std::string>& api_urls) {
  if (base.url() == api_urls.front()) return;
  findings.push_back({Level::kWarning, "strava",
                      "Strava's API is not at " + api_urls.front() + ", but at " + base.url(),
                      "nothing is lost; [strava] api_url can name the latter first"});
  api_urls = {base.url()};
}

void look_at_clock(Findings& findings, Context& context, std::vector<std::string>& api_urls) {
  strava::ApiBase base(context.transport(), api_urls);
  strava::HttpRequest request;
  request.url = "/athlete";
  const strava::HttpResult result = strava::perform(context.transport(), base, std::move(request));
  if (const auto* failure = std::get_if<strava::TransportFailure>(&result)) {
    findings.push_back({Level::kFault, "strava", failure->reason,
                        "this machine must reach Strava by https: look at DNS, firewall and "
                        "proxy"});
    return;
  }
  tell_of_move(findings, base, api_urls);
  const auto date = date_of(std::get<strava::HttpResponse>(result));
  if (!date) return;
  const auto off = std::chrono::abs(std::chrono::round<seconds>(context.clock().now() - *date));
  const std::string text =
      "this machine's clock differs from Strava's by " + std::to_string(off.count()) + " s";
  if (off > kClockIsWrong) {
    findings.push_back({Level::kFault, "clock", text, "set it, and keep it by NTP"});
  } else if (off > kClockIsOff) {
    findings.push_back({Level::kWarning, "clock", text, "keep it by NTP"});
  } else {
    findings.push_back({Level::kOk, "clock", text, ""});
  }
}

void look_at_id(Findings& findings, Context& context, const strava::Subscription& present) {
  const auto known = SubscriptionFile(context.config().spool()).read();
  const auto configured = context.config().receiver().subscription_id;
  const auto expected = configured ? configured : known;
  if (expected && *expected != present.id) {
    findings.push_back({Level::kFault, "subscription",
                        "the receiver expects " + text_of(*expected) +
                            ", and refuses the events of " + text_of(present.id),
                        configured ? "remove receiver.subscription_id from hookspool.toml"
                                   : "hookspoolctl subscribe, which writes down the right one"});
  } else if (!expected) {
    findings.push_back({Level::kWarning, "subscription",
                        "the receiver does not know its id, and takes events of any",
                        "hookspoolctl subscribe, which writes it down"});
  } else {
    findings.push_back({Level::kOk, "subscription", text_of(present.id) + " is ours", ""});
  }
}

void look_at_subscription(Findings& findings, Context& context,
                          const config::StravaConfig& strava) {
  strava::Subscriptions subscriptions(context.transport(), context.clock(), strava);
  const auto result = subscriptions.list();
  if (const auto* failure = strava::failure_of(result)) {
    const bool is_application = failure->kind == strava::FailureKind::kStopApplication;
    findings.push_back(
        {Level::kFault, is_application ? "application" : "subscription", failure->detail,
         is_application ? "see https://www.strava.com/settings/api" : "try again later"});
    return;
  }
  const auto& list = std::get<std::vector<strava::Subscription>>(result);
  if (list.empty()) {
    findings.push_back({Level::kFault, "subscription", "Strava has none, and sends no events",
                        "hookspoolctl subscribe"});
    return;
  }
  const strava::Subscription& present = list.front();
  if (!strava.callback_url.empty() && present.callback_url != strava.callback_url) {
    findings.push_back({Level::kFault, "subscription",
                        "events go to " + strava::printable(present.callback_url) + ", not to " +
                            strava.callback_url,
                        "hookspoolctl subscribe --replace"});
    return;
  }
  look_at_id(findings, context, present);
}

/// Only tokens that still last: a refresh is the fetcher's, which commits what it brings.
void look_at_tokens(Findings& findings, Context& context,
                    const std::vector<std::string>& api_urls) {
  if (!std::filesystem::exists(store::database_file(context.config().store().url))) return;
  int tried = 0;
  for (const store::Athlete& athlete : store::Athletes(context.database()).list()) {
    const bool lasts = athlete.access_expires_at > context.clock().now() + seconds(60);
    if (athlete.stopped_because || !lasts || ++tried > kTokensTried) continue;
    const auto result = ask_whose(context, api_urls, athlete.access_token);
    const std::string who = "the token of athlete " + text_of(athlete.id);
    if (const auto* failure = strava::failure_of(result)) {
      if (failure->kind == strava::FailureKind::kRateLimited) {
        findings.push_back({Level::kWarning, "athletes", who + " was not tried: " + failure->detail,
                            "try again at " + to_rfc3339_seconds(failure->retry_at.value_or(
                                                  context.clock().now()))});
        return;
      }
      const bool is_application = failure->kind == strava::FailureKind::kStopApplication;
      findings.push_back(
          {Level::kFault, is_application ? "application" : "athletes",
           is_application ? failure->detail : who + " is not accepted: " + failure->detail,
           is_application ? "see https://www.strava.com/settings/api"
                          : "hookspoolctl authorize, unless it passes"});
      if (is_application) return;
    } else {
      findings.push_back({Level::kOk, "athletes", who + " is accepted", ""});
    }
  }
}

}  // namespace

Findings check_strava(Context& context) {
  Findings findings;
  config::StravaConfig strava = context.config().strava();
  look_at_clock(findings, context, strava.api_urls);
  const bool is_out_of_reach = !findings.empty() && findings.front().subject == "strava" &&
                               findings.front().level == Level::kFault;
  if (is_out_of_reach) return findings;
  look_at_subscription(findings, context, strava);
  try {
    look_at_tokens(findings, context, strava.api_urls);
  } catch (const store::StoreError& error) {
    findings.push_back(
        {Level::kWarning, "athletes",
         std::string("no token was tried, since nothing can be counted: ") + error.what(),
         "run doctor as the fetcher's user, or see what is said of the store"});
  }
  return findings;
}

}  // namespace hookspool::ctl
