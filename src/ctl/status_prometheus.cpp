#include <chrono>
#include <string>

#include "ctl/id_text.h"
#include "ctl/status_report.h"

namespace hookspool::ctl {
namespace {

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// Metrics in the order in which they are added, each name with its help and type once.
class Metrics {
 public:
  /// A gauge; its samples follow.
  void describe(const std::string& name, const std::string& help) {
    name_ = "hookspool_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " gauge\n";
  }
  /// `labels` as in {state="ok"}, or empty; their values are words of ours.
  void sample(std::int64_t value, const std::string& labels = "") {
    text_ += name_ + labels + " " + std::to_string(value) + "\n";
  }
  void add(const std::string& name, const std::string& help, std::int64_t value) {
    describe(name, help);
    sample(value);
  }
  /// Nothing if there is no such moment: a zero would look like 1970.
  void add(const std::string& name, const std::string& help, const std::optional<Timestamp>& time) {
    if (time) add(name, help, seconds_of(*time));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string name_;
};

std::string labels_of(const fetcher::Wait& wait) {
  return std::string("{lane=\"") + store::name_of(wait.lane) + "\",for=\"" +
         fetcher::name_of(wait.cause) + "\"}";
}

std::string labels_of(const RateWindow& window) {
  return "{counter=\"" + window.counter + "\",window=\"" + window.window + "\"}";
}

}  // namespace

std::string to_prometheus(const StatusReport& report) {
  Metrics metrics;
  metrics.add("spool_records", "Records that wait in the spool.",
              static_cast<std::int64_t>(report.spool.records));
  metrics.add("spool_bytes", "Bytes that wait in the spool.",
              static_cast<std::int64_t>(report.spool.bytes));
  metrics.add("spool_oldest_record_timestamp_seconds", "When the oldest of them was received.",
              report.spool.oldest);
  metrics.add("events", "Events in the store's journal.", report.events);
  metrics.add("last_event_timestamp_seconds", "When the last of them was received.",
              report.newest_event);
  metrics.describe("jobs", "Jobs by state.");
  metrics.sample(report.jobs.waiting, "{state=\"waiting\"}");
  metrics.sample(report.jobs.in_progress, "{state=\"in_progress\"}");
  metrics.sample(report.jobs.dead, "{state=\"dead\"}");
  metrics.add("jobs_dead_of_athletes_not_added",
              "Dead jobs of athletes who have not been added, so perhaps of forged events.",
              report.jobs.dead_of_strangers);
  metrics.describe("jobs_waiting", "Jobs that wait, by lane.");
  for (const store::Lane lane : store::kLanes) {
    metrics.sample(report.jobs.waiting_in.at(static_cast<std::size_t>(lane)),
                   std::string("{lane=\"") + store::name_of(lane) + "\"}");
  }
  metrics.describe("notifications", "Notifications that consumers have not taken, by state.");
  metrics.sample(report.notifications.waiting, "{state=\"waiting\"}");
  metrics.sample(report.notifications.dead, "{state=\"dead\"}");
  metrics.add("alerts", "Things that are wrong at present.",
              static_cast<std::int64_t>(report.alerts.size()));
  if (!report.counters.empty()) {
    metrics.describe("happened", "Things that happened since the store was made.");
    for (const auto& [name, count] : report.counters) {
      metrics.sample(count.count, "{what=\"" + name + "\"}");
    }
  }
  metrics.add("activities", "Stored activities.", report.activities);
  metrics.add("last_fetch_timestamp_seconds", "When the last of them was fetched.",
              report.newest_fetch);
  const auto stopped = static_cast<std::int64_t>(report.stopped_athletes.size());
  metrics.describe("athletes", "Athletes by state.");
  metrics.sample(report.athletes - stopped, "{state=\"ok\"}");
  metrics.sample(stopped, "{state=\"stopped\"}");
  metrics.add("subscribed", "1 if a subscription is known.", report.subscription ? 1 : 0);
  metrics.add("paused", "1 while Strava is not asked at all.", report.pause ? 1 : 0);
  if (!report.waits.empty()) {
    metrics.describe("waits_until_timestamp_seconds",
                     "Until when a lane's due jobs wait, and for what of Strava.");
    for (const fetcher::Wait& wait : report.waits) {
      metrics.sample(seconds_of(wait.until), labels_of(wait));
    }
  }
  const auto& windows = report.rate_windows;
  if (!windows.empty()) {
    metrics.describe("rate_limit_used", "Requests used in a window of Strava's rate limit.");
    for (const RateWindow& window : windows) metrics.sample(window.used, labels_of(window));
    metrics.describe("rate_limit", "Requests allowed in a window of Strava's rate limit.");
    for (const RateWindow& window : windows) metrics.sample(window.limit, labels_of(window));
  }
  return metrics.text();
}

}  // namespace hookspool::ctl
