#include "store/jobs.h"

#include "store/columns.h"
#include "store/job_columns.h"

namespace hookspool::store {
namespace {

const char* object_type_of(Wish wish) {
  if (wish == Wish::kList) return "listing";
  return wish == Wish::kDeauthorize ? "athlete" : "activity";
}

const std::string kOfObjectAndAthlete =
    "object_type = :object_type AND object_id = :object AND athlete_id = :athlete";

/// A change to a job that was claimed: holds if neither the lease nor the job has changed.
constexpr const char* kIfUnchanged =
    " WHERE id = :id AND revision = :revision AND holder = :holder";

/// A live job that only streams are left of becomes one for everything: the order says that the
/// details that are stored may be old, and a 404 on streams does not prove that an activity is
/// gone. It stays a fetch even where a removal is ordered, since a fetch's 404 is weighed before
/// anything is removed, and a removal's is not. An edit starts its tries afresh; an ordered removal
/// does not, or a list that keeps leaving out what is there would keep the job alive for ever.
const std::string kWidenOneForStreams = R"sql(
    ON CONFLICT (object_type, object_id, athlete_id) DO UPDATE SET
      remaining = 'everything', revision = jobs.revision + 1,
      lane = MIN(jobs.lane, excluded.lane), due_us = excluded.due_us, with_streams = 1,
      first_failed_us = CASE WHEN excluded.wish = 'remove' THEN jobs.first_failed_us END,
      attempts = CASE WHEN excluded.wish = 'remove' THEN jobs.attempts ELSE 0 END,
      last_error = NULL
    WHERE jobs.dead = 0 AND jobs.remaining = 'streams' AND excluded.remaining = 'everything')sql";

const std::string kReplaceDead = R"sql(
    ON CONFLICT (object_type, object_id, athlete_id) DO UPDATE SET
      wish = excluded.wish, event_at = excluded.event_at, created_us = excluded.created_us,
      due_us = excluded.due_us, revision = jobs.revision + 1, attempts = 0, first_failed_us = NULL,
      last_error = NULL, dead = 0, lane = excluded.lane, remaining = excluded.remaining,
      with_streams = MAX(jobs.with_streams, excluded.with_streams)
    WHERE jobs.dead = 1)sql";

const std::string kRevive = R"sql(
    UPDATE jobs SET dead = 0, due_us = :now, attempts = 0, first_failed_us = NULL,
                    revision = revision + 1
    WHERE dead = 1 )sql";

}  // namespace

std::optional<Job> Jobs::find(Wish wish, std::int64_t object_id, event::AthleteId athlete) {
  const std::string object_type = object_type_of(wish);
  const std::int64_t athlete_id = number(athlete);
  const std::vector<Job> found =
      select_jobs(database_, "WHERE " + kOfObjectAndAthlete, soci::use(object_type, "object_type"),
                  soci::use(object_id, "object"), soci::use(athlete_id, "athlete"));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

void Jobs::want(Wish wish, std::int64_t object_id, event::AthleteId athlete,
                std::chrono::sys_seconds event_time, Timestamp now, bool with_streams) {
  const std::string object_type = object_type_of(wish);
  const std::string wish_name = name_of(wish);
  const std::int64_t athlete_id = number(athlete);
  const std::int64_t event_at = to_seconds(event_time);
  const std::int64_t now_us = to_microseconds(now);
  const int streams = with_streams ? 1 : 0;
  database_.run(R"sql(
        INSERT INTO jobs (object_type, object_id, athlete_id, wish, event_at, created_us, due_us,
                          with_streams)
        VALUES (:object_type, :object, :athlete, :wish, :event_at, :now, :now, :with_streams)
        ON CONFLICT (object_type, object_id, athlete_id) DO UPDATE SET
          wish = excluded.wish, event_at = excluded.event_at,
          created_us = CASE WHEN jobs.dead = 1 THEN excluded.created_us ELSE jobs.created_us END,
          due_us = excluded.due_us, revision = jobs.revision + 1, attempts = 0,
          first_failed_us = NULL, last_error = NULL, dead = 0, lane = 0,
          remaining = 'everything', with_streams = excluded.with_streams)sql",
                soci::use(object_type, "object_type"), soci::use(object_id, "object"),
                soci::use(athlete_id, "athlete"), soci::use(wish_name, "wish"),
                soci::use(event_at, "event_at"), soci::use(now_us, "now"),
                soci::use(streams, "with_streams"));
}

bool Jobs::add(const Order& order, Timestamp now) {
  return add(order, now, kWidenOneForStreams);
}

bool Jobs::add_or_replace_dead(const Order& order, Timestamp now) {
  Transaction transaction(database_);
  // Of two clauses for one conflict SQLite looks at the first alone.
  const bool added = add(order, now, kReplaceDead) || add(order, now, kWidenOneForStreams);
  transaction.commit();
  return added;
}

bool Jobs::add(const Order& order, Timestamp now, const std::string& if_there_is_one) {
  const std::string object_type = object_type_of(order.wish);
  const std::string wish_name = name_of(order.wish);
  const std::int64_t athlete_id = number(order.athlete);
  const std::int64_t event_at = to_seconds(order.event_time);
  const std::int64_t now_us = to_microseconds(now);
  const int lane = static_cast<int>(order.lane);
  const int with_streams = order.with_streams ? 1 : 0;
  const std::string remaining = name_of(order.remaining);
  database_.run(R"sql(
           INSERT INTO jobs (object_type, object_id, athlete_id, wish, event_at, created_us, due_us,
                             lane, with_streams, remaining)
           VALUES (:object_type, :object, :athlete, :wish, :event_at, :now, :now,
                   :lane, :with_streams, :remaining) )sql" +
                    if_there_is_one,
                soci::use(object_type, "object_type"), soci::use(order.object_id, "object"),
                soci::use(athlete_id, "athlete"), soci::use(wish_name, "wish"),
                soci::use(event_at, "event_at"), soci::use(now_us, "now"), soci::use(lane, "lane"),
                soci::use(with_streams, "with_streams"), soci::use(remaining, "remaining"));
  return database_.affected() == 1;
}

std::vector<Job> Jobs::claim(Lane lane, std::size_t most, const std::string& holder, Timestamp now,
                             Timestamp lease_until) {
  const int lane_number = static_cast<int>(lane);
  const auto limit = static_cast<std::int64_t>(most);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(lease_until);
  std::vector<Job> claimed;
  Transaction transaction(database_);
  claimed = select_jobs(database_, R"sql(
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND lane = :lane AND due_us <= :now AND leased_until_us <= :now
          AND (stopped_because IS NULL OR wish = 'deauthorize')
        ORDER BY due_us, jobs.id
        LIMIT :limit)sql",
                        soci::use(lane_number, "lane"), soci::use(now_us, "now"),
                        soci::use(limit, "limit"));
  for (const Job& job : claimed) {
    database_.run(R"sql(
          UPDATE jobs SET holder = :holder, leased_until_us = :until WHERE id = :id)sql",
                  soci::use(holder), soci::use(until_us), soci::use(job.id));
  }
  transaction.commit();
  return claimed;
}

void Jobs::finish(const Job& job, const std::string& holder) {
  Transaction transaction(database_);
  database_.run(std::string("DELETE FROM jobs") + kIfUnchanged, soci::use(job.id),
                soci::use(job.revision), soci::use(holder));
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::postpone(const Job& job, const std::string& holder, Timestamp due, Timestamp now,
                    const std::string& error) {
  const std::int64_t due_us = to_microseconds(due);
  const std::int64_t now_us = to_microseconds(now);
  Transaction transaction(database_);
  database_.run(std::string(R"sql(
        UPDATE jobs SET
          due_us = :due, attempts = attempts + 1, last_error = :error,
          lane = CASE WHEN lane = 0 THEN 1 ELSE lane END,
          first_failed_us = COALESCE(first_failed_us, :now))sql") +
                    kIfUnchanged,
                soci::use(due_us), soci::use(error), soci::use(now_us), soci::use(job.id),
                soci::use(job.revision), soci::use(holder));
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::bury(const Job& job, const std::string& holder, const std::string& error) {
  Transaction transaction(database_);
  database_.run(
      std::string("UPDATE jobs SET dead = 1, attempts = attempts + 1, last_error = :error") +
          kIfUnchanged,
      soci::use(error), soci::use(job.id), soci::use(job.revision), soci::use(holder));
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::release(const Job& job, const std::string& holder, Timestamp due) {
  const std::int64_t due_us = to_microseconds(due);
  Transaction transaction(database_);
  database_.run(std::string("UPDATE jobs SET due_us = :due") + kIfUnchanged, soci::use(due_us),
                soci::use(job.id), soci::use(job.revision), soci::use(holder));
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::end_lease(const Job& job, const std::string& holder) {
  database_.run(R"sql(
        UPDATE jobs SET holder = NULL, leased_until_us = 0
        WHERE id = :id AND holder = :holder)sql",
                soci::use(job.id), soci::use(holder));
}

void Jobs::settle(const Job& job, const std::string& holder, std::chrono::sys_seconds since,
                  Timestamp due) {
  const std::int64_t since_at = to_seconds(since);
  const std::int64_t due_us = to_microseconds(due);
  const int lane = static_cast<int>(Lane::kSettle);
  Transaction transaction(database_);
  // Also of a job that an event has changed meanwhile: that activity has to settle, too.
  database_.run(R"sql(
        UPDATE jobs SET settling_since = :since WHERE id = :id AND holder = :holder)sql",
                soci::use(since_at), soci::use(job.id), soci::use(holder));
  // A deletion that was none had asked for no streams.
  database_.run(std::string(R"sql(
        UPDATE jobs SET lane = :lane, due_us = :due, wish = 'fetch', remaining = 'everything',
                        attempts = 0, first_failed_us = NULL, last_error = NULL,
                        with_streams = CASE WHEN wish = 'remove' THEN 1 ELSE with_streams END)sql") +
                    kIfUnchanged,
                soci::use(lane), soci::use(due_us), soci::use(job.id), soci::use(job.revision),
                soci::use(holder));
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::leave_streams(const Job& job, const std::string& holder,
                         std::optional<std::chrono::sys_seconds> since, Timestamp lease_until) {
  const std::int64_t until_us = to_microseconds(lease_until);
  Nullable<std::int64_t> since_at;
  if (since) since_at = Nullable(std::optional(to_seconds(*since)));
  database_.run(R"sql(
        UPDATE jobs SET settling_since = :since, leased_until_us = :until
        WHERE id = :id AND holder = :holder)sql",
                soci::use(since_at.value, since_at.indicator), soci::use(until_us),
                soci::use(job.id), soci::use(holder));
  // The activity is there, whatever was announced.
  database_.run(
      std::string("UPDATE jobs SET remaining = 'streams', wish = 'fetch', with_streams = 1") +
          kIfUnchanged,
      soci::use(job.id), soci::use(job.revision), soci::use(holder));
}

void Jobs::hurry(Timestamp since, Timestamp now) {
  const std::int64_t since_us = to_microseconds(since);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(R"sql(
        UPDATE jobs SET due_us = :now
        WHERE dead = 0 AND due_us > :now AND attempts > 0 AND first_failed_us >= :since)sql",
                soci::use(now_us, "now"), soci::use(since_us, "since"));
}

std::optional<Timestamp> Jobs::next_due(std::optional<Lane> lane) {
  const int lane_number = lane ? static_cast<int>(*lane) : -1;
  Nullable<std::int64_t> next;
  database_.run(R"sql(
        SELECT MIN(CASE WHEN due_us > leased_until_us THEN due_us ELSE leased_until_us END)
        FROM jobs
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND (lane = :lane OR :lane < 0)
          AND (stopped_because IS NULL OR wish = 'deauthorize'))sql",
                soci::use(lane_number, "lane"), soci::into(next.value, next.indicator));
  return next.get() ? std::optional(from_microseconds(*next.get())) : std::nullopt;
}

std::int64_t Jobs::forget_strangers(Timestamp made_before) {
  const std::int64_t before_us = to_microseconds(made_before);
  database_.run(R"sql(
        DELETE FROM jobs
        WHERE dead = 1 AND created_us < :before AND athlete_id NOT IN (SELECT id FROM athletes))sql",
                soci::use(before_us));
  return database_.affected();
}

void Jobs::revive(Wish wish, std::int64_t object_id, event::AthleteId athlete, Timestamp now) {
  const std::string object_type = object_type_of(wish);
  const std::int64_t athlete_id = number(athlete);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(kRevive + "AND " + kOfObjectAndAthlete, soci::use(now_us, "now"),
                soci::use(object_type, "object_type"), soci::use(object_id, "object"),
                soci::use(athlete_id, "athlete"));
}

void Jobs::drop(Wish wish, std::int64_t object_id, event::AthleteId athlete) {
  const std::string object_type = object_type_of(wish);
  const std::int64_t athlete_id = number(athlete);
  database_.run("DELETE FROM jobs WHERE " + kOfObjectAndAthlete,
                soci::use(object_type, "object_type"), soci::use(object_id, "object"),
                soci::use(athlete_id, "athlete"));
}

std::int64_t Jobs::revive_all_of(std::optional<std::int64_t> object_id, Timestamp now) {
  const std::int64_t object = object_id.value_or(0);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(kRevive + "AND (:object = 0 OR object_id = :object)", soci::use(now_us, "now"),
                soci::use(object, "object"));
  return database_.affected();
}

std::int64_t Jobs::drop_all_of(std::int64_t object_id, std::optional<event::AthleteId> athlete) {
  const std::int64_t athlete_id = athlete ? number(*athlete) : 0;
  database_.run(R"sql(
        DELETE FROM jobs
        WHERE object_id = :object AND (:athlete = 0 OR athlete_id = :athlete))sql",
                soci::use(object_id, "object"), soci::use(athlete_id, "athlete"));
  return database_.affected();
}

}  // namespace hookspool::store
