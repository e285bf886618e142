#include "store/job_columns.h"

namespace hookspool::store {

const char* const kSelectJobs = R"sql(
    SELECT jobs.id, object_id, athlete_id, wish, event_at, revision, created_us, attempts,
           first_failed_us, due_us, last_error, dead, lane, remaining, with_streams, settling_since,
           leased_until_us
    FROM jobs )sql";

namespace {

Wish wish_named(const std::string& name) {
  if (name == "remove") return Wish::kRemove;
  if (name == "list") return Wish::kList;
  return name == "deauthorize" ? Wish::kDeauthorize : Wish::kFetch;
}

}  // namespace

void JobColumns::exchange_into(soci::statement& statement) {
  statement.exchange(soci::into(id_));
  statement.exchange(soci::into(object_id_));
  statement.exchange(soci::into(athlete_id_));
  statement.exchange(soci::into(wish_));
  statement.exchange(soci::into(event_at_));
  statement.exchange(soci::into(revision_));
  statement.exchange(soci::into(created_us_));
  statement.exchange(soci::into(attempts_));
  statement.exchange(soci::into(first_failed_us_.value, first_failed_us_.indicator));
  statement.exchange(soci::into(due_us_));
  statement.exchange(soci::into(last_error_.value, last_error_.indicator));
  statement.exchange(soci::into(dead_));
  statement.exchange(soci::into(lane_));
  statement.exchange(soci::into(remaining_));
  statement.exchange(soci::into(with_streams_));
  statement.exchange(soci::into(settling_since_.value, settling_since_.indicator));
  statement.exchange(soci::into(leased_until_us_));
}

Job JobColumns::job() const {
  Job job;
  job.id = id_;
  job.object_id = object_id_;
  job.athlete_id = event::AthleteId{athlete_id_};
  job.wish = wish_named(wish_);
  job.event_time = from_seconds(event_at_);
  job.revision = revision_;
  job.created = from_microseconds(created_us_);
  job.attempts = attempts_;
  if (const auto first = first_failed_us_.get()) job.first_failed = from_microseconds(*first);
  job.due = from_microseconds(due_us_);
  job.last_error = last_error_.get();
  job.dead = dead_ != 0;
  job.lane = static_cast<Lane>(lane_);
  job.remaining =
      remaining_ == name_of(Remaining::kStreams) ? Remaining::kStreams : Remaining::kEverything;
  job.with_streams = with_streams_ != 0;
  if (const auto since = settling_since_.get()) job.settling_since = from_seconds(*since);
  job.leased_until = from_microseconds(leased_until_us_);
  return job;
}

}  // namespace hookspool::store
