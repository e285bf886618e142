#pragma once

#include <json/value.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ctl/context.h"
#include "ctl/table.h"
#include "event/event.h"
#include "fetcher/backfill.h"
#include "fetcher/waits.h"
#include "spool/reader.h"
#include "store/alerts.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/job_report.h"
#include "store/listings.h"
#include "store/notifications.h"
#include "store/pause.h"

namespace hookspool::ctl {

/// One window of one of Strava's counters, as it stands when the report was taken.
struct RateWindow {
  std::string counter;  ///< "overall", "read"
  std::string window;   ///< "quarter_hour", "day"
  std::int64_t used = 0;
  std::int64_t limit = 0;
  Timestamp turns;  ///< nothing is used any more from then on
};

/// How things stand, read in one go from the spool and the store; nobody else is asked.
struct StatusReport {
  Timestamp taken;
  spool::Backlog spool;
  std::optional<event::SubscriptionId> subscription;
  std::int64_t events = 0;
  std::optional<Timestamp> newest_event;
  store::JobCounts jobs;
  std::vector<store::Job> dead_jobs;  ///< the newest few
  std::int64_t activities = 0;
  std::optional<Timestamp> newest_fetch;
  std::int64_t athletes = 0;
  std::vector<store::Athlete> stopped_athletes;
  std::optional<store::PauseState> pause;
  std::vector<fetcher::Wait> waits;      ///< of lanes with jobs that are due and cannot be begun
  std::vector<RateWindow> rate_windows;  ///< none before the first request
  std::map<std::string, store::Counters::Count> counters;
  store::Notifications::Counts notifications;
  std::int64_t deleted = 0;  ///< activities that can be brought back
  std::vector<store::Alert> alerts;
  std::vector<store::Listing> listings;  ///< that go on, or wait for a person
  std::vector<fetcher::BackfillProgress> backfills;
};

StatusReport read_status(Context& context);

// The report for a person, for a program, and for Prometheus' node_exporter, whose textfile
// collector reads https://prometheus.io/docs/instrumenting/exposition_formats/ .
Table to_table(const StatusReport& report);
Json::Value to_json(const StatusReport& report);
std::string to_prometheus(const StatusReport& report);

}  // namespace hookspool::ctl
