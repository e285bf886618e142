#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "config/config.h"
#include "ctl/diagnosis.h"
#include "fetcher/judge.h"
#include "store/counters.h"
#include "store/database.h"
#include "store/events.h"

namespace hookspool::ctl {
namespace {

/// What came before is an old story.
constexpr std::chrono::days kRecently{7};

/// Most athletes train within that time, so that a right one would have come.
constexpr std::chrono::days kRightOneComes{2};

/// What was refused when it came in, and is not by the settings of today.
struct Refused {
  std::size_t count = 0;
  Timestamp first;  ///< when the first of them was received
};

Refused refused_by_mistake(Context& context) {
  const fetcher::Judge judge(fetcher::Signatures::of(context.config().strava()));
  Refused refused;
  store::Events(context.database()).for_each({}, [&](const store::AcceptedEvent& accepted) {
    const bool was_refused = accepted.event.kind == event::Kind::kUnknown;
    if (!was_refused || judge.judge(accepted).event.kind == event::Kind::kUnknown) return;
    if (refused.count++ == 0) refused.first = accepted.received;
  });
  return refused;
}

void look_for_mistakes(Findings& findings, Context& context) {
  const Refused refused = refused_by_mistake(context);
  if (refused.count == 0) return;
  findings.push_back(
      {Level::kWarning, "signatures",
       std::to_string(refused.count) +
           " events were refused that are right by what the configuration says now",
       "hookspoolctl replay --since " + to_rfc3339_seconds(refused.first) + " brings them back"});
}

void look_for_wrong_ones(Findings& findings, Context& context, bool is_required) {
  const Timestamp now = context.clock().now();
  store::Counters counters(context.database());
  const auto wrong = counters.get(store::counter::kWrongSignature);
  const auto right = counters.get(store::counter::kRightSignature);
  const bool is_news = wrong.count > 0 && now - wrong.last < kRecently && wrong.last > right.last;
  if (!is_news) return;
  const std::string last = "an event without a right signature came " +
                           to_rfc3339_seconds(wrong.last) + ", and none with a right one " +
                           (right.count == 0 ? "ever" : "since then");
  if (!is_required) {
    findings.push_back({Level::kWarning, "signatures", last + "; it counts all the same",
                        "unless it was forged, [strava] signing_secret is wrong: mend it before "
                        "you set signature = \"require\""});
    return;
  }
  // While right ones come now and then, it is rather somebody else who posts.
  const bool was_right_lately = right.count > 0 && now - right.last < kRightOneComes;
  findings.push_back(
      {was_right_lately ? Level::kWarning : Level::kFault, "signatures",
       last + "; what lacks one is refused",
       std::string("unless it was forged, mend [strava] signing_secret") +
           (right.count == 0 ? ", or set signature = \"log\" if Strava does not sign" : "") +
           ", and restart hookspool-fetcher; doctor then tells how what was refused comes back"});
}

}  // namespace

Findings check_signatures(Context& context) {
  if (!std::filesystem::exists(store::database_file(context.config().store().url))) return {};
  const config::SignatureCheck check = context.config().strava().signature;
  Findings findings;
  look_for_mistakes(findings, context);
  if (check == config::SignatureCheck::kOff) return findings;
  look_for_wrong_ones(findings, context, check == config::SignatureCheck::kRequire);
  return findings;
}

}  // namespace hookspool::ctl
