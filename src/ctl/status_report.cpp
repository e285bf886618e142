#include "ctl/status_report.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "ctl/subscription_file.h"
#include "fetcher/budget.h"
#include "spool/file_system.h"
#include "store/activities.h"
#include "store/events.h"
#include "store/rate_windows.h"
#include "strava/rate_limits.h"

namespace hookspool::ctl {
namespace {

/// A pause for the rate limit is over when its time is; any other when Strava has answered.
std::optional<store::PauseState> pause_in_force(store::Database& database, Timestamp now) {
  auto pause = store::Pause(database).find();
  const bool is_over =
      pause && pause->kind == store::PauseState::Kind::kRateLimit && pause->until <= now;
  return is_over ? std::nullopt : pause;
}

std::vector<RateWindow> rate_windows(store::Database& database, Timestamp now) {
  store::RateWindows stored(database);
  const auto quarter_hour = stored.find("quarter_hour");
  const auto day = stored.find("day");
  if (!quarter_hour || !day) return {};
  // What was used in a window that has turned since then is used no more.
  const bool same_quarter = now < quarter_hour->turns;
  const bool same_day = now < day->turns;
  const Timestamp quarter_turns = strava::next_quarter_hour(now);
  const Timestamp day_turns = strava::next_utc_midnight(now);
  return {{"overall", "quarter_hour", same_quarter ? quarter_hour->overall_used : 0,
           quarter_hour->overall_limit, quarter_turns},
          {"overall", "day", same_day ? day->overall_used : 0, day->overall_limit, day_turns},
          {"read", "quarter_hour", same_quarter ? quarter_hour->read_used : 0,
           quarter_hour->read_limit, quarter_turns},
          {"read", "day", same_day ? day->read_used : 0, day->read_limit, day_turns}};
}

/// The journal forgets, the counter leaves out tests.
std::optional<Timestamp> newest_event(store::Database& database) {
  const auto in_journal = store::Events(database).newest();
  const auto heard = store::Counters(database).get(store::counter::kEvent);
  if (heard.count == 0) return in_journal;
  return std::max(in_journal.value_or(heard.last), heard.last);
}

}  // namespace

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
  report.newest_event = newest_event(database);
  store::JobReport jobs(database);
  report.jobs = jobs.counts(report.taken);
  report.dead_jobs = jobs.dead(kDeadJobsShown);
  store::Activities activities(database);
  report.activities = activities.count();
  report.newest_fetch = activities.newest_fetch();
  const std::vector<store::Athlete> athletes = store::Athletes(database).list();
  report.athletes = static_cast<std::int64_t>(athletes.size());
  std::copy_if(athletes.begin(), athletes.end(), std::back_inserter(report.stopped_athletes),
               [](const store::Athlete& athlete) { return athlete.stopped_because.has_value(); });
  report.pause = pause_in_force(database, report.taken);
  fetcher::Budget budget(database, context.clock(), context.config().fetcher().reserve);
  report.waits = fetcher::Waits(database, context.clock(), budget).held_back();
  report.rate_windows = rate_windows(database, report.taken);
  report.counters = store::Counters(database).list();
  report.notifications = store::Notifications(database).counts();
  report.deleted = static_cast<std::int64_t>(activities.deleted().size());
  report.alerts = store::Alerts(database).list();
  report.listings = store::Listings(database).pending();
  report.backfills = fetcher::backfill_progress(database);
  return report;
}

}  // namespace hookspool::ctl
