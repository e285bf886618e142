#include <algorithm>
#include <string>

#include "ctl/clock_text.h"
#include "ctl/id_text.h"
#include "ctl/progress_line.h"
#include "ctl/status_report.h"
#include "ctl/table.h"

namespace hookspool::ctl {
namespace {

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string spool_text(const StatusReport& report) {
  if (report.spool.records == 0) return "nothing waits";
  std::string text = counted(report.spool.records, "record", "records") + ", " +
                     counted(report.spool.bytes, "byte", "bytes") + ", in " +
                     counted(report.spool.segments, "segment", "segments");
  if (report.spool.oldest) {
    text += "; the oldest since " + to_rfc3339_seconds(*report.spool.oldest);
  }
  return text;
}

std::string with_newest(std::int64_t count, const char* what,
                        const std::optional<Timestamp>& newest) {
  return std::to_string(count) +
         (newest ? std::string(", the last one ") + what + " " + to_rfc3339_seconds(*newest)
                 : std::string());
}

/// "3 waiting (2 fresh, 1 settle), 0 in progress, 0 dead"
std::string jobs_text(const store::JobCounts& jobs) {
  std::string lanes;
  for (const store::Lane lane : store::kLanes) {
    const std::int64_t count = jobs.waiting_in.at(static_cast<std::size_t>(lane));
    if (count == 0) continue;
    lanes += (lanes.empty() ? "" : ", ") + std::to_string(count) + " " + store::name_of(lane);
  }
  return std::to_string(jobs.waiting) + " waiting" + (lanes.empty() ? "" : " (" + lanes + ")") +
         ", " + std::to_string(jobs.in_progress) + " in progress, " + std::to_string(jobs.dead) +
         " dead" +
         (jobs.dead_of_strangers == 0
              ? ""
              : " (" + std::to_string(jobs.dead_of_strangers) + " of athletes not added)");
}

std::string listing_text(const store::Listing& listing) {
  const std::string of = "athlete " + text_of(listing.athlete_id) + ": ";
  if (listing.gone > 0) {
    return of + std::to_string(listing.gone) +
           " activities are gone at Strava; hookspoolctl reconcile --athlete " +
           text_of(listing.athlete_id) + " --may-remove";
  }
  return of + std::to_string(listing.listed) + " listed, " + std::to_string(listing.wanted) +
         " of them wanted";
}

std::string backfill_text(const StatusReport& report, const fetcher::BackfillProgress& backfill) {
  Progress progress;
  progress.done = backfill.listed - backfill.waiting;
  progress.total = backfill.listed;
  progress.is_total_known = backfill.is_listed;
  const bool is_stopped =
      std::any_of(report.stopped_athletes.begin(), report.stopped_athletes.end(),
                  [&backfill](const auto& athlete) { return athlete.id == backfill.athlete; });
  return "athlete " + text_of(backfill.athlete) + ": " + progress.counts("activities") +
         (is_stopped ? ", and waits for hookspoolctl authorize" : "");
}

store::Counters::Count counter_of(const StatusReport& report, const char* name) {
  const auto found = report.counters.find(name);
  return found == report.counters.end() ? store::Counters::Count() : found->second;
}

std::string counters_text(const StatusReport& report, const char* confirmed,
                          const char* suspicious) {
  return std::to_string(counter_of(report, confirmed).count) + " confirmed, " +
         std::to_string(counter_of(report, suspicious).count) + " suspicious and not carried out";
}

/// Of the signatures that were checked.
void add_signatures(Table& table, const StatusReport& report) {
  const auto right = counter_of(report, store::counter::kRightSignature);
  const auto wrong = counter_of(report, store::counter::kWrongSignature);
  if (right.count + wrong.count == 0) return;
  table.add_row(
      {"signatures", std::to_string(right.count) + " right, " + std::to_string(wrong.count) +
                         " wrong or missing" +
                         (wrong.count == 0 ? "" : ", the last " + to_rfc3339_seconds(wrong.last))});
}

/// "read: 12 of 100 until 16:15, 340 of 1000 until 00:00"
std::vector<std::string> rate_texts(const StatusReport& report) {
  std::vector<std::string> texts;
  std::string counter;
  for (const RateWindow& window : report.rate_windows) {
    const std::string turns = to_rfc3339_seconds(window.turns).substr(11, 5);
    const std::string text =
        std::to_string(window.used) + " of " + std::to_string(window.limit) + " until " + turns;
    if (window.counter == counter) {
      texts.back() += ", " + text;
    } else {
      counter = window.counter;
      texts.push_back(counter + ": " + text);
    }
  }
  return texts;
}

/// "backfill until 16:15 UTC for the rate limit"
std::string waits_text(const StatusReport& report) {
  return fetcher::describe(
      report.waits, [&report](Timestamp moment) { return clock_text(moment, report.taken); });
}

}  // namespace

Table to_table(const StatusReport& report) {
  Table table({{"WHAT"}, {"STATE"}});
  table.add_row({"spool", spool_text(report)});
  table.add_row({"subscription", report.subscription ? text_of(*report.subscription)
                                                     : "none known; hookspoolctl subscribe"});
  table.add_row({"events", with_newest(report.events, "received", report.newest_event)});
  table.add_row({"jobs", jobs_text(report.jobs)});
  for (const store::Job& job : report.dead_jobs) {
    table.add_row({"  dead", std::string(store::name_of(job.wish)) + " " +
                                 std::to_string(job.object_id) + ": " +
                                 job.last_error.value_or("no reason is known")});
  }
  table.add_row({"activities", with_newest(report.activities, "fetched", report.newest_fetch)});
  table.add_row({"athletes", std::to_string(report.athletes)});
  for (const store::Athlete& athlete : report.stopped_athletes) {
    table.add_row({"  stopped", text_of(athlete.id) + ": " + athlete.stopped_because.value_or("") +
                                    "; hookspoolctl authorize, or athlete purge"});
  }
  for (const fetcher::BackfillProgress& backfill : report.backfills) {
    table.add_row({"backfill", backfill_text(report, backfill)});
  }
  for (const store::Listing& listing : report.listings) {
    if (listing.kind == store::Listing::Kind::kBackfill) continue;
    table.add_row({store::name_of(listing.kind), listing_text(listing)});
  }
  table.add_row({"deletions", counters_text(report, store::counter::kConfirmedDelete,
                                            store::counter::kSuspiciousDelete)});
  table.add_row(
      {"deauthorizations", counters_text(report, store::counter::kConfirmedDeauthorization,
                                         store::counter::kSuspiciousDeauthorization)});
  add_signatures(table, report);
  if (report.notifications.waiting + report.notifications.dead > 0) {
    table.add_row({"notifications", std::to_string(report.notifications.waiting) + " waiting, " +
                                        std::to_string(report.notifications.dead) + " dead"});
  }
  for (const std::string& text : rate_texts(report)) table.add_row({"rate limit", text});
  if (!report.waits.empty()) table.add_row({"waits", waits_text(report)});
  for (const store::Alert& alert : report.alerts) {
    table.add_row({"alert", "since " + to_rfc3339_seconds(alert.since) + ": " + alert.detail});
  }
  if (report.pause) {
    table.add_row({"paused", "since " + to_rfc3339_seconds(report.pause->since) + " until " +
                                 to_rfc3339_seconds(report.pause->until) + ": " +
                                 report.pause->reason});
  }
  return table;
}

}  // namespace hookspool::ctl
