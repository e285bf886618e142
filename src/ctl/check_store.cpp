#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "ctl/diagnosis.h"
#include "ctl/id_text.h"
#include "ctl/status_report.h"
#include "fetcher/budget.h"
#include "fetcher/waits.h"
#include "strava/scope.h"

namespace hookspool::ctl {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Longer than any pass over the spool takes, and than cron's usual five minutes.
constexpr minutes kTakenAfter{10};
/// Longer than a fetcher waits between two looks at the jobs.
constexpr minutes kOverdue{15};
/// Most athletes train within that time.
constexpr std::chrono::days kSilence{14};

std::string since(Timestamp time) {
  return "since " + to_rfc3339_seconds(time);
}

void look_at_backlog(Findings& findings, const StatusReport& report) {
  const bool waits_long = report.spool.oldest && report.taken - *report.spool.oldest > kTakenAfter;
  if (waits_long) {
    findings.push_back({Level::kFault, "fetcher",
                        std::to_string(report.spool.records) + " records wait in the spool " +
                            since(*report.spool.oldest),
                        "start hookspool-fetcher, or look why it does not run: systemctl status "
                        "hookspool-fetcher"});
  } else {
    findings.push_back(
        {Level::kOk, "fetcher",
         report.spool.records == 0 ? "nothing waits in the spool" : "the spool is being worked off",
         ""});
  }
}

/// Since when jobs are due, that could have been begun all the while of `kOverdue`, and nobody
/// does.
std::optional<Timestamp> neglected_since(const StatusReport& report, fetcher::Waits& waits) {
  const bool was_fetched = report.newest_fetch && *report.newest_fetch <= report.taken &&
                           report.taken - *report.newest_fetch <= kOverdue;
  if (report.jobs.in_progress > 0 || was_fetched) return std::nullopt;
  std::optional<Timestamp> since;
  for (const fetcher::Wait& wait : waits.list()) {
    const bool is_free = wait.cause == fetcher::Wait::Cause::kNone;
    if (!is_free || report.taken - waits.free_since(wait) <= kOverdue) continue;
    since = std::min(since.value_or(wait.due), wait.due);
  }
  return since;
}

void look_at_jobs(Findings& findings, const StatusReport& report, fetcher::Waits& waits) {
  if (report.pause) {
    findings.push_back({Level::kWarning, "jobs",
                        "everything waits until " + to_rfc3339_seconds(report.pause->until) + ": " +
                            report.pause->reason,
                        "it goes on by itself; where the reason names a cause, mend that"});
  } else if (!report.waits.empty()) {
    findings.push_back(
        {Level::kOk, "jobs", "due jobs wait: " + fetcher::describe(report.waits), ""});
  }
  if (const auto due = neglected_since(report, waits)) {
    findings.push_back({Level::kFault, "jobs", "jobs are due " + since(*due),
                        "start hookspool-fetcher, or look into its log"});
  }
  const std::int64_t of_strangers = report.jobs.dead_of_strangers;
  const std::int64_t of_athletes = report.jobs.dead - of_strangers;
  if (of_athletes > 0) {
    findings.push_back({Level::kWarning, "jobs", std::to_string(of_athletes) + " are given up",
                        "hookspoolctl status tells why"});
  }
  if (of_strangers > 0) {
    findings.push_back({Level::kWarning, "jobs",
                        std::to_string(of_strangers) +
                            " are of athletes who have not been added, or of forged events",
                        "hookspoolctl authorize, if you know them; else they go by themselves"});
  }
}

void look_at_athletes(Findings& findings, store::Database& database) {
  const auto athletes = store::Athletes(database).list();
  if (athletes.empty()) {
    findings.push_back({Level::kFault, "athletes", "nobody has authorized the application",
                        "hookspoolctl authorize"});
  }
  for (const store::Athlete& athlete : athletes) {
    const std::string who = "athlete " + text_of(athlete.id);
    if (athlete.stopped_because) {
      findings.push_back({Level::kFault, "athletes", who + ": " + *athlete.stopped_because,
                          "hookspoolctl authorize; if the athlete took the authorization back, "
                          "hookspoolctl athlete purge " +
                              text_of(athlete.id) + " within 30 days"});
      continue;
    }
    const auto missing =
        athlete.scope.empty() ? std::vector<std::string>() : strava::missing_scopes(athlete.scope);
    for (const std::string& scope : missing) {
      const bool no_events = scope == "activity:read";
      findings.push_back({no_events ? Level::kFault : Level::kWarning, "athletes",
                          who + " did not grant " + scope +
                              (no_events ? ", without which Strava sends no events"
                                         : ", so that private activities are missing"),
                          "hookspoolctl authorize, with that box ticked"});
    }
    if (missing.empty()) findings.push_back({Level::kOk, "athletes", who + " is authorized", ""});
  }
}

void look_at_silence(Findings& findings, const StatusReport& report) {
  if (report.activities == 0 || !report.newest_event) return;
  if (report.taken - *report.newest_event < kSilence) return;
  findings.push_back({Level::kWarning, "events",
                      "the last event came " + to_rfc3339_seconds(*report.newest_event),
                      "if somebody has trained since then, the subscription or the way to the "
                      "receiver is broken: hookspoolctl send-test create"});
}

void look_at_rate_limits(Findings& findings, const StatusReport& report) {
  for (const RateWindow& window : report.rate_windows) {
    if (window.limit <= 0 || window.used * 10 < window.limit * 9) continue;
    findings.push_back(
        {Level::kWarning, "rate limit",
         std::to_string(window.used) + " of " + std::to_string(window.limit) +
             " requests are used (" + window.counter + ", " + window.window + ")",
         "it turns at " + to_rfc3339_seconds(window.turns) + "; Strava raises limits on request"});
  }
}

}  // namespace

Findings check_store(Context& context) {
  const std::filesystem::path path = store::database_file(context.config().store().url);
  if (!std::filesystem::exists(path)) {
    return {{Level::kFault, "store", path.string() + " does not exist yet",
             "hookspoolctl authorize makes it; the fetcher needs it, too"}};
  }
  Findings findings;
  store::Database& database = context.database();
  findings.push_back({Level::kOk, "store", path.string() + " can be opened", ""});
  const StatusReport report = read_status(context);
  look_at_backlog(findings, report);
  fetcher::Budget budget(database, context.clock(), context.config().fetcher().reserve);
  fetcher::Waits waits(database, context.clock(), budget);
  look_at_jobs(findings, report, waits);
  look_at_athletes(findings, database);
  look_at_silence(findings, report);
  look_at_rate_limits(findings, report);
  return findings;
}

}  // namespace hookspool::ctl
