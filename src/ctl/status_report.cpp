#include "ctl/status_report.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "ctl/subscription_file.h"
#include "spool/file_system.h"
#include "store/activities.h"
#include "store/events.h"
#include "strava/rate_limits.h"

namespace hookspool::ctl {

StatusReport read_status(Context& context) {
  constexpr std::size_t kDeadJobsShown = 5;
  const std::filesystem::path spool = context.config().spool();
  store::Database& database = context.database();
  StatusReport report;
  report.taken = context.clock().now();
  report.spool = spool::Reader(spool, spool::real_file_system(), context.clock()).backlog();
  report.subscription = SubscriptionFile(spool).read();
  store::Events events(database);
  report.events = events.count();
  report.newest_event = events.newest();
  store::Jobs jobs(database);
  report.jobs = jobs.counts(report.taken);
  report.dead_jobs = jobs.dead(kDeadJobsShown);
  store::Activities activities(database);
  report.activities = activities.count();
  report.newest_fetch = activities.newest_fetch();
  const std::vector<store::Athlete> athletes = store::Athletes(database).list();
  report.athletes = static_cast<std::int64_t>(athletes.size());
  std::copy_if(athletes.begin(), athletes.end(), std::back_inserter(report.stopped_athletes),
               [](const store::Athlete& athlete) { return athlete.stopped_because.has_value(); });
  report.pause = store::Pause(database).current(report.taken);
  report.rate_limits = store::RateUsage(database).list();
  return report;
}

std::vector<RateWindow> rate_windows(const StatusReport& report) {
  std::vector<RateWindow> windows;
  for (const store::SeenRateLimit& seen : report.rate_limits) {
    // What was used in a window that has turned since then is used no more.
    const bool same_quarter = report.taken < strava::next_quarter_hour(seen.seen);
    const bool same_day = report.taken < strava::next_utc_midnight(seen.seen);
    windows.push_back({seen.counter, "quarter_hour", same_quarter ? seen.quarter_hour_used : 0,
                       seen.quarter_hour_limit, strava::next_quarter_hour(report.taken)});
    windows.push_back({seen.counter, "day", same_day ? seen.day_used : 0, seen.day_limit,
                       strava::next_utc_midnight(report.taken)});
  }
  return windows;
}

}  // namespace hookspool::ctl
