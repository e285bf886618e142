#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "config/config.h"
#include "ctl/diagnosis.h"
#include "store/counters.h"
#include "store/database.h"

namespace hookspool::ctl {
namespace {

/// Most athletes train within that time, so that a right one would have come.
constexpr std::chrono::days kRecently{7};

/// Since when what was refused is to come back: all that may be Strava's, as far as it is kept.
std::string since_when(const store::Counters::Count& right, Timestamp kept_since) {
  return to_rfc3339_seconds(std::max(right.last, kept_since));
}

}  // namespace

Findings check_signatures(Context& context) {
  const config::SignatureCheck check = context.config().strava().signature;
  if (check == config::SignatureCheck::kOff) return {};
  if (!std::filesystem::exists(store::database_file(context.config().store().url))) return {};
  const Timestamp now = context.clock().now();
  store::Counters counters(context.database());
  const auto wrong = counters.get(store::counter::kWrongSignature);
  const auto right = counters.get(store::counter::kRightSignature);
  const bool is_news = wrong.count > 0 && now - wrong.last < kRecently && wrong.last > right.last;
  if (!is_news) return {};
  const std::string last = "an event without a right signature came " +
                           to_rfc3339_seconds(wrong.last) + ", and none with a right one " +
                           (right.count == 0 ? "ever" : "since then");
  if (check == config::SignatureCheck::kLog) {
    return {{Level::kWarning, "signatures", last + "; it counts all the same",
             "unless it was forged, [strava] signing_secret is wrong: mend it before you set "
             "signature = \"require\""}};
  }
  const Timestamp kept_since = now - context.config().fetcher().keep_events;
  return {
      {Level::kFault, "signatures", last + "; what lacks one is refused",
       "unless it was forged, mend [strava] signing_secret, or set signature = \"log\" if Strava "
       "does not sign; restart hookspool-fetcher; then hookspoolctl replay --since " +
           since_when(right, kept_since) + " brings back what was refused"}};
}

}  // namespace hookspool::ctl
