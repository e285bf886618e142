#include "store/jobs.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

constexpr const char* kSelect = R"sql(
    SELECT jobs.id, object_id, athlete_id, wish, event_at, revision, created_us, attempts,
           first_failed_us, due_us, last_error, dead, lane, remaining, with_streams, settling_since,
           leased_until_us
    FROM jobs )sql";

Wish wish_named(const std::string& name) {
  if (name == "remove") return Wish::kRemove;
  if (name == "list") return Wish::kList;
  return name == "deauthorize" ? Wish::kDeauthorize : Wish::kFetch;
}

const char* object_type_of(Wish wish) {
  if (wish == Wish::kList) return "listing";
  return wish == Wish::kDeauthorize ? "athlete" : "activity";
}

/// A change to a job that was claimed: holds if neither the lease nor the job has changed.
constexpr const char* kIfUnchanged =
    " WHERE id = :id AND revision = :revision AND holder = :holder";

/// What kSelect selects. Of its own types rather than soci::row's, which takes the id for one of 32
/// bits: AUTOINCREMENT wants it declared as INTEGER.
class Selection {
 public:
  void exchange_into(soci::statement& statement) {
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

  Job job() const {
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
    job.remaining = remaining_ == "streams" ? Remaining::kStreams : Remaining::kEverything;
    job.with_streams = with_streams_ != 0;
    if (const auto since = settling_since_.get()) job.settling_since = from_seconds(*since);
    job.leased_until = from_microseconds(leased_until_us_);
    return job;
  }

 private:
  std::int64_t id_ = 0;
  std::int64_t object_id_ = 0;
  std::int64_t athlete_id_ = 0;
  std::string wish_;
  std::int64_t event_at_ = 0;
  std::int64_t revision_ = 0;
  std::int64_t created_us_ = 0;
  int attempts_ = 0;
  Nullable<std::int64_t> first_failed_us_;
  std::int64_t due_us_ = 0;
  Nullable<std::string> last_error_;
  int dead_ = 0;
  int lane_ = 0;
  std::string remaining_;
  int with_streams_ = 0;
  Nullable<std::int64_t> settling_since_;
  std::int64_t leased_until_us_ = 0;
};

/// The jobs that kSelect with this ending finds; `uses` are the soci::use of its parameters.
template <typename... Uses>
std::vector<Job> select(Database& database, const std::string& ending, const Uses&... uses) {
  std::vector<Job> jobs;
  Selection selection;
  database.run_for_each(
      kSelect + ending,
      [&selection](soci::statement& statement) { selection.exchange_into(statement); },
      [&] { jobs.push_back(selection.job()); }, uses...);
  return jobs;
}

const std::string kRevive = R"sql(
    UPDATE jobs SET dead = 0, due_us = :now, attempts = 0, first_failed_us = NULL,
                    revision = revision + 1
    WHERE dead = 1 )sql";

}  // namespace

const char* name_of(Wish wish) {
  switch (wish) {
    case Wish::kFetch:
      return "fetch";
    case Wish::kRemove:
      return "remove";
    case Wish::kDeauthorize:
      return "deauthorize";
    case Wish::kList:
      return "list";
  }
  return "fetch";
}

const char* name_of(Lane lane) {
  switch (lane) {
    case Lane::kFresh:
      return "fresh";
    case Lane::kRetry:
      return "retry";
    case Lane::kSettle:
      return "settle";
    case Lane::kReconcile:
      return "reconcile";
    case Lane::kBackfill:
      return "backfill";
  }
  return "fresh";
}

std::optional<Job> Jobs::find(Wish wish, std::int64_t object_id) {
  const std::string object_type = object_type_of(wish);
  return database_.guarded([&]() -> std::optional<Job> {
    const std::vector<Job> found =
        select(database_, "WHERE object_type = :object_type AND object_id = :object",
               soci::use(object_type), soci::use(object_id));
    return found.empty() ? std::nullopt : std::optional(found.front());
  });
}

void Jobs::want(Wish wish, std::int64_t object_id, event::AthleteId athlete,
                std::chrono::sys_seconds event_time, Timestamp now) {
  const std::string object_type = object_type_of(wish);
  const std::string wish_name = name_of(wish);
  const std::int64_t athlete_id = number(athlete);
  const std::int64_t event_at = to_seconds(event_time);
  const std::int64_t now_us = to_microseconds(now);
  database_.guarded([&] {
    database_.run(R"sql(
        INSERT INTO jobs (object_type, object_id, athlete_id, wish, event_at, created_us, due_us)
        VALUES (:object_type, :object, :athlete, :wish, :event_at, :now, :now)
        ON CONFLICT (object_type, object_id) DO UPDATE SET
          athlete_id = excluded.athlete_id, wish = excluded.wish, event_at = excluded.event_at,
          created_us = CASE WHEN jobs.dead = 1 THEN excluded.created_us ELSE jobs.created_us END,
          due_us = excluded.due_us, revision = jobs.revision + 1, attempts = 0,
          first_failed_us = NULL, last_error = NULL, dead = 0, lane = 0,
          remaining = 'everything', with_streams = 1)sql",
                  soci::use(object_type, "object_type"), soci::use(object_id, "object"),
                  soci::use(athlete_id, "athlete"), soci::use(wish_name, "wish"),
                  soci::use(event_at, "event_at"), soci::use(now_us, "now"));
  });
}

bool Jobs::add(const Order& order, Timestamp now) {
  return add(order, now, "ON CONFLICT DO NOTHING");
}

bool Jobs::add_or_replace_dead(const Order& order, Timestamp now) {
  return add(order, now, R"sql(
      ON CONFLICT (object_type, object_id) DO UPDATE SET
        athlete_id = excluded.athlete_id, wish = excluded.wish, event_at = excluded.event_at,
        created_us = excluded.created_us, due_us = excluded.due_us, revision = jobs.revision + 1,
        attempts = 0, first_failed_us = NULL, last_error = NULL, dead = 0, lane = excluded.lane,
        remaining = 'everything', with_streams = excluded.with_streams
      WHERE jobs.dead = 1)sql");
}

bool Jobs::add(const Order& order, Timestamp now, const std::string& if_there_is_one) {
  const std::string object_type = object_type_of(order.wish);
  const std::string wish_name = name_of(order.wish);
  const std::int64_t athlete_id = number(order.athlete);
  const std::int64_t event_at = to_seconds(order.event_time);
  const std::int64_t now_us = to_microseconds(now);
  const int lane = static_cast<int>(order.lane);
  const int with_streams = order.with_streams ? 1 : 0;
  return database_.guarded([&] {
    database_.run(R"sql(
           INSERT INTO jobs (object_type, object_id, athlete_id, wish, event_at, created_us, due_us,
                             lane, with_streams)
           VALUES (:object_type, :object, :athlete, :wish, :event_at, :now, :now,
                   :lane, :with_streams) )sql" +
                      if_there_is_one,
                  soci::use(object_type, "object_type"), soci::use(order.object_id, "object"),
                  soci::use(athlete_id, "athlete"), soci::use(wish_name, "wish"),
                  soci::use(event_at, "event_at"), soci::use(now_us, "now"),
                  soci::use(lane, "lane"), soci::use(with_streams, "with_streams"));
    return database_.affected() == 1;
  });
}

std::vector<Job> Jobs::claim(Lane lane, std::size_t most, const std::string& holder, Timestamp now,
                             Timestamp lease_until) {
  const int lane_number = static_cast<int>(lane);
  const auto limit = static_cast<std::int64_t>(most);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(lease_until);
  std::vector<Job> claimed;
  Transaction transaction(database_);
  database_.guarded([&] {
    claimed =
        select(database_, R"sql(
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND lane = :lane AND due_us <= :now AND leased_until_us <= :now
          AND (stopped_because IS NULL OR wish = 'deauthorize')
        ORDER BY due_us, jobs.id
        LIMIT :limit)sql",
               soci::use(lane_number, "lane"), soci::use(now_us, "now"), soci::use(limit, "limit"));
    for (const Job& job : claimed) {
      database_.run(R"sql(
          UPDATE jobs SET holder = :holder, leased_until_us = :until WHERE id = :id)sql",
                    soci::use(holder), soci::use(until_us), soci::use(job.id));
    }
  });
  transaction.commit();
  return claimed;
}

void Jobs::finish(const Job& job, const std::string& holder) {
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        DELETE FROM jobs WHERE id = :id AND revision = :revision AND holder = :holder)sql",
                  soci::use(job.id), soci::use(job.revision), soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::postpone(const Job& job, const std::string& holder, Timestamp due, Timestamp now,
                    const std::string& error) {
  const std::int64_t due_us = to_microseconds(due);
  const std::int64_t now_us = to_microseconds(now);
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET
          due_us = :due, attempts = attempts + 1, last_error = :error,
          lane = CASE WHEN lane = 0 THEN 1 ELSE lane END,
          first_failed_us = COALESCE(first_failed_us, :now)
        WHERE id = :id AND revision = :revision AND holder = :holder)sql",
                  soci::use(due_us), soci::use(error), soci::use(now_us), soci::use(job.id),
                  soci::use(job.revision), soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::bury(const Job& job, const std::string& holder, const std::string& error) {
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET dead = 1, attempts = attempts + 1, last_error = :error
        WHERE id = :id AND revision = :revision AND holder = :holder)sql",
                  soci::use(error), soci::use(job.id), soci::use(job.revision), soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::release(const Job& job, const std::string& holder, Timestamp due) {
  const std::int64_t due_us = to_microseconds(due);
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET due_us = :due
        WHERE id = :id AND revision = :revision AND holder = :holder)sql",
                  soci::use(due_us), soci::use(job.id), soci::use(job.revision), soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::end_lease(const Job& job, const std::string& holder) {
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET holder = NULL, leased_until_us = 0
        WHERE id = :id AND holder = :holder)sql",
                  soci::use(job.id), soci::use(holder));
  });
}

void Jobs::reassign(const Job& job, const std::string& holder, event::AthleteId athlete) {
  const std::int64_t athlete_id = number(athlete);
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET athlete_id = :athlete
        WHERE id = :id AND revision = :revision AND holder = :holder)sql",
                  soci::use(athlete_id), soci::use(job.id), soci::use(job.revision),
                  soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::settle(const Job& job, const std::string& holder, std::chrono::sys_seconds since,
                  Timestamp due) {
  const std::int64_t since_at = to_seconds(since);
  const std::int64_t due_us = to_microseconds(due);
  const int lane = static_cast<int>(Lane::kSettle);
  Transaction transaction(database_);
  database_.guarded([&] {
    // Also of a job that an event has changed meanwhile: that activity has to settle, too.
    database_.run(R"sql(
        UPDATE jobs SET settling_since = :since WHERE id = :id AND holder = :holder)sql",
                  soci::use(since_at), soci::use(job.id), soci::use(holder));
    database_.run(std::string(R"sql(
        UPDATE jobs SET lane = :lane, due_us = :due, wish = 'fetch', remaining = 'everything',
                        attempts = 0, first_failed_us = NULL, last_error = NULL)sql") +
                      kIfUnchanged,
                  soci::use(lane), soci::use(due_us), soci::use(job.id), soci::use(job.revision),
                  soci::use(holder));
  });
  end_lease(job, holder);
  transaction.commit();
}

void Jobs::leave_streams(const Job& job, const std::string& holder,
                         std::optional<std::chrono::sys_seconds> since) {
  Nullable<std::int64_t> since_at;
  if (since) since_at = Nullable(std::optional(to_seconds(*since)));
  database_.guarded([&] {
    database_.run("UPDATE jobs SET settling_since = :since WHERE id = :id AND holder = :holder",
                  soci::use(since_at.value, since_at.indicator), soci::use(job.id),
                  soci::use(holder));
    database_.run(std::string("UPDATE jobs SET remaining = 'streams'") + kIfUnchanged,
                  soci::use(job.id), soci::use(job.revision), soci::use(holder));
  });
}

void Jobs::hurry(Timestamp since, Timestamp now) {
  const std::int64_t since_us = to_microseconds(since);
  const std::int64_t now_us = to_microseconds(now);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET due_us = :now
        WHERE dead = 0 AND due_us > :now AND attempts > 0 AND first_failed_us >= :since)sql",
                  soci::use(now_us, "now"), soci::use(since_us, "since"));
  });
}

std::optional<Timestamp> Jobs::next_due(std::optional<Lane> lane) {
  const int lane_number = lane ? static_cast<int>(*lane) : -1;
  return database_.guarded([&] {
    Nullable<std::int64_t> next;
    database_.run(R"sql(
        SELECT MIN(CASE WHEN due_us > leased_until_us THEN due_us ELSE leased_until_us END)
        FROM jobs
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND (lane = :lane OR :lane < 0)
          AND (stopped_because IS NULL OR wish = 'deauthorize'))sql",
                  soci::use(lane_number, "lane"), soci::into(next.value, next.indicator));
    return next.get() ? std::optional(from_microseconds(*next.get())) : std::nullopt;
  });
}

std::vector<std::string> Jobs::holders() {
  return database_.guarded([&] {
    std::vector<std::string> holders;
    const soci::rowset<std::string> rows = database_.session().prepare << R"sql(
        SELECT holder FROM jobs WHERE holder IS NOT NULL
        UNION SELECT refresh_holder FROM athletes WHERE refresh_holder IS NOT NULL
        UNION SELECT holder FROM notifications WHERE holder IS NOT NULL)sql";
    for (const std::string& holder : rows) holders.push_back(holder);
    return holders;
  });
}

void Jobs::end_leases_of(const std::string& holder) {
  Transaction transaction(database_);
  database_.guarded([&] {
    database_.run(R"sql(
        UPDATE jobs SET holder = NULL, leased_until_us = 0 WHERE holder = :holder)sql",
                  soci::use(holder));
    database_.run(R"sql(
        UPDATE athletes SET refresh_holder = NULL, refresh_until_us = 0
        WHERE refresh_holder = :holder)sql",
                  soci::use(holder));
    database_.run(R"sql(
        UPDATE notifications SET holder = NULL, leased_until_us = 0 WHERE holder = :holder)sql",
                  soci::use(holder));
  });
  transaction.commit();
}

JobCounts Jobs::counts(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  return database_.guarded([&] {
    JobCounts counts;
    database_.run(R"sql(
        SELECT COUNT(CASE WHEN dead = 0 AND leased_until_us > :now THEN 1 END),
               COUNT(CASE WHEN dead = 1 THEN 1 END),
               COUNT(CASE WHEN dead = 1 AND athlete_id NOT IN (SELECT id FROM athletes) THEN 1 END)
        FROM jobs)sql",
                  soci::use(now_us, "now"), soci::into(counts.in_progress), soci::into(counts.dead),
                  soci::into(counts.dead_of_strangers));
    for (const Lane lane : kLanes) {
      const int lane_number = static_cast<int>(lane);
      std::int64_t& waiting = counts.waiting_in.at(static_cast<std::size_t>(lane));
      database_.run(R"sql(
          SELECT COUNT(*) FROM jobs
          WHERE dead = 0 AND lane = :lane AND leased_until_us <= :now)sql",
                    soci::use(lane_number), soci::use(now_us), soci::into(waiting));
      counts.waiting += waiting;
    }
    return counts;
  });
}

std::int64_t Jobs::count_alive(Lane lane) {
  const int lane_number = static_cast<int>(lane);
  return database_.guarded([&] {
    std::int64_t count = 0;
    database_.run("SELECT COUNT(*) FROM jobs WHERE dead = 0 AND lane = :lane",
                  soci::use(lane_number), soci::into(count));
    return count;
  });
}

std::vector<LaneLoad> Jobs::load_of(Lane lane) {
  const int lane_number = static_cast<int>(lane);
  std::int64_t athlete = 0;
  LaneLoad load;
  std::vector<LaneLoad> loads;
  database_.guarded([&] {
    database_.run_for_each(
        R"sql(
        SELECT athlete_id,
               COUNT(CASE WHEN dead = 0 AND wish <> 'list' THEN 1 END),
               COUNT(CASE WHEN dead = 0 AND wish <> 'list' AND attempts = 0 THEN 1 END),
               COUNT(CASE WHEN dead = 0 AND wish <> 'list' THEN 1 END) +
                 COUNT(CASE WHEN dead = 0 AND wish <> 'list' AND with_streams = 1
                             AND remaining = 'everything' THEN 1 END),
               COUNT(CASE WHEN dead = 0 AND wish = 'list' THEN 1 END),
               COUNT(CASE WHEN dead = 1 THEN 1 END)
        FROM jobs WHERE dead IN (0, 1) AND lane = :lane GROUP BY athlete_id)sql",
        [&](soci::statement& statement) {
          statement.exchange(soci::into(athlete));
          statement.exchange(soci::into(load.activities));
          statement.exchange(soci::into(load.untried));
          statement.exchange(soci::into(load.calls));
          statement.exchange(soci::into(load.lists));
          statement.exchange(soci::into(load.dead));
        },
        [&] {
          load.athlete = event::AthleteId{athlete};
          loads.push_back(load);
        },
        soci::use(lane_number, "lane"));
  });
  return loads;
}

std::vector<Job> Jobs::dead(std::size_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  return database_.guarded([&] {
    return select(database_, R"sql(
        WHERE dead = 1 ORDER BY athlete_id NOT IN (SELECT id FROM athletes), jobs.id DESC
        LIMIT :limit)sql",
                  soci::use(limit));
  });
}

std::vector<Job> Jobs::alive(std::size_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  return database_.guarded([&] {
    return select(database_, "WHERE dead = 0 ORDER BY lane, due_us, jobs.id LIMIT :limit",
                  soci::use(limit));
  });
}

std::optional<Timestamp> Jobs::oldest_overdue(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  return database_.guarded([&] {
    Nullable<std::int64_t> oldest;
    database_.run(R"sql(
        SELECT MIN(created_us) FROM jobs
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND lane <= 1 AND due_us <= :now AND stopped_because IS NULL)sql",
                  soci::use(now_us), soci::into(oldest.value, oldest.indicator));
    return oldest.get() ? std::optional(from_microseconds(*oldest.get())) : std::nullopt;
  });
}

std::int64_t Jobs::forget_strangers(Timestamp made_before) {
  const std::int64_t before_us = to_microseconds(made_before);
  return database_.guarded([&] {
    database_.run(R"sql(
        DELETE FROM jobs
        WHERE dead = 1 AND created_us < :before AND athlete_id NOT IN (SELECT id FROM athletes))sql",
                  soci::use(before_us));
    return database_.affected();
  });
}

void Jobs::revive(Wish wish, std::int64_t object_id, Timestamp now) {
  const std::string object_type = object_type_of(wish);
  const std::int64_t now_us = to_microseconds(now);
  database_.guarded([&] {
    database_.run(kRevive + "AND object_type = :object_type AND object_id = :object",
                  soci::use(now_us, "now"), soci::use(object_type, "object_type"),
                  soci::use(object_id, "object"));
  });
}

void Jobs::drop(Wish wish, std::int64_t object_id) {
  const std::string object_type = object_type_of(wish);
  database_.guarded([&] {
    database_.run("DELETE FROM jobs WHERE object_type = :object_type AND object_id = :object",
                  soci::use(object_type), soci::use(object_id));
  });
}

std::int64_t Jobs::revive_all_of(std::optional<std::int64_t> object_id, Timestamp now) {
  const std::int64_t object = object_id.value_or(0);
  const std::int64_t now_us = to_microseconds(now);
  return database_.guarded([&] {
    database_.run(kRevive + "AND (:object = 0 OR object_id = :object)", soci::use(now_us, "now"),
                  soci::use(object, "object"));
    return database_.affected();
  });
}

std::int64_t Jobs::drop_all_of(std::int64_t object_id) {
  return database_.guarded([&] {
    database_.run("DELETE FROM jobs WHERE object_id = :object", soci::use(object_id));
    return database_.affected();
  });
}

}  // namespace hookspool::store
