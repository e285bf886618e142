#include <json/value.h>

#include "ctl/id_text.h"
#include "ctl/status_report.h"

namespace hookspool::ctl {
namespace {

Json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json::Value(to_rfc3339(*time)) : Json::Value();
}

Json::Value number(std::int64_t value) {
  return Json::Value(static_cast<Json::Int64>(value));
}

Json::Value dead_jobs(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const store::Job& job : report.dead_jobs) {
    Json::Value value;
    value["wish"] = store::name_of(job.wish);
    value["object_id"] = number(job.object_id);
    value["athlete_id"] = json_of(job.athlete_id);
    value["created"] = to_rfc3339(job.created);
    value["attempts"] = job.attempts;
    value["last_error"] = job.last_error ? Json::Value(*job.last_error) : Json::Value();
    array.append(value);
  }
  return array;
}

Json::Value stopped_athletes(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const store::Athlete& athlete : report.stopped_athletes) {
    Json::Value value;
    value["id"] = json_of(athlete.id);
    value["because"] = athlete.stopped_because.value_or("");
    array.append(value);
  }
  return array;
}

Json::Value listings(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const store::Listing& listing : report.listings) {
    Json::Value value;
    value["id"] = number(listing.id);
    value["kind"] = store::name_of(listing.kind);
    value["athlete_id"] = json_of(listing.athlete_id);
    value["begun"] = to_rfc3339(listing.begun);
    value["listed"] = number(listing.listed);
    value["wanted"] = number(listing.wanted);
    value["gone"] = number(listing.gone);
    array.append(value);
  }
  return array;
}

Json::Value backfills(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const fetcher::BackfillProgress& progress : report.backfills) {
    Json::Value value;
    value["athlete_id"] = json_of(progress.athlete);
    value["activities"] = number(progress.listed);
    value["waiting"] = number(progress.waiting);
    value["listed_to_the_end"] = progress.is_listed;
    array.append(value);
  }
  return array;
}

Json::Value alerts(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const store::Alert& alert : report.alerts) {
    Json::Value value;
    value["name"] = alert.name;
    value["since"] = to_rfc3339(alert.since);
    value["detail"] = alert.detail;
    array.append(value);
  }
  return array;
}

Json::Value waits(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const fetcher::Wait& wait : report.waits) {
    Json::Value value;
    value["lane"] = store::name_of(wait.lane);
    value["due"] = to_rfc3339(wait.due);
    value["until"] = to_rfc3339(wait.until);
    value["for"] = fetcher::name_of(wait.cause);
    array.append(value);
  }
  return array;
}

Json::Value rate_limits(const StatusReport& report) {
  Json::Value array(Json::arrayValue);
  for (const RateWindow& window : report.rate_windows) {
    Json::Value value;
    value["counter"] = window.counter;
    value["window"] = window.window;
    value["used"] = number(window.used);
    value["limit"] = number(window.limit);
    value["turns"] = to_rfc3339_seconds(window.turns);
    array.append(value);
  }
  return array;
}

}  // namespace

Json::Value to_json(const StatusReport& report) {
  Json::Value value;
  value["spool"]["segments"] = static_cast<Json::UInt64>(report.spool.segments);
  value["spool"]["bytes"] = static_cast<Json::UInt64>(report.spool.bytes);
  value["spool"]["records"] = static_cast<Json::UInt64>(report.spool.records);
  value["spool"]["oldest"] = time_or_null(report.spool.oldest);
  value["subscription_id"] = report.subscription ? json_of(*report.subscription) : Json::Value();
  value["events"]["count"] = number(report.events);
  value["events"]["newest"] = time_or_null(report.newest_event);
  value["jobs"]["waiting"] = number(report.jobs.waiting);
  value["jobs"]["in_progress"] = number(report.jobs.in_progress);
  value["jobs"]["dead"] = number(report.jobs.dead);
  value["jobs"]["dead_of_athletes_not_added"] = number(report.jobs.dead_of_strangers);
  for (const store::Lane lane : store::kLanes) {
    value["jobs"]["waiting_in"][store::name_of(lane)] =
        number(report.jobs.waiting_in.at(static_cast<std::size_t>(lane)));
  }
  value["dead_jobs"] = dead_jobs(report);
  value["activities"]["count"] = number(report.activities);
  value["activities"]["newest_fetch"] = time_or_null(report.newest_fetch);
  value["activities"]["deleted"] = number(report.deleted);
  value["athletes"]["count"] = number(report.athletes);
  value["athletes"]["stopped"] = number(static_cast<std::int64_t>(report.stopped_athletes.size()));
  value["stopped_athletes"] = stopped_athletes(report);
  value["rate_limits"] = rate_limits(report);
  value["waits"] = waits(report);
  value["listings"] = listings(report);
  value["backfills"] = backfills(report);
  value["alerts"] = alerts(report);
  value["notifications"]["waiting"] = number(report.notifications.waiting);
  value["notifications"]["dead"] = number(report.notifications.dead);
  value["counters"] = Json::Value(Json::objectValue);
  for (const auto& [name, count] : report.counters) value["counters"][name] = number(count.count);
  value["pause"] = Json::Value();
  if (report.pause) {
    value["pause"]["kind"] = store::name_of(report.pause->kind);
    value["pause"]["reason"] = report.pause->reason;
    value["pause"]["since"] = to_rfc3339(report.pause->since);
    value["pause"]["until"] = to_rfc3339(report.pause->until);
  }
  return value;
}

}  // namespace hookspool::ctl
