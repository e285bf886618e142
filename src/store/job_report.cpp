#include "store/job_report.h"

#include "store/columns.h"
#include "store/job_columns.h"

namespace hookspool::store {

JobCounts JobReport::counts(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
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
}

std::int64_t JobReport::count_alive(Lane lane) {
  const int lane_number = static_cast<int>(lane);
  std::int64_t count = 0;
  database_.run("SELECT COUNT(*) FROM jobs WHERE dead = 0 AND lane = :lane", soci::use(lane_number),
                soci::into(count));
  return count;
}

std::vector<LaneLoad> JobReport::load_of(Lane lane) {
  const int lane_number = static_cast<int>(lane);
  std::int64_t athlete = 0;
  LaneLoad load;
  std::vector<LaneLoad> loads;
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
  return loads;
}

std::vector<Job> JobReport::dead(std::size_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  return select_jobs(database_, R"sql(
        WHERE dead = 1 ORDER BY athlete_id NOT IN (SELECT id FROM athletes), jobs.id DESC
        LIMIT :limit)sql",
                     soci::use(limit));
}

std::vector<Job> JobReport::alive(std::size_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  return select_jobs(database_, "WHERE dead = 0 ORDER BY lane, due_us, jobs.id LIMIT :limit",
                     soci::use(limit));
}

std::vector<event::AthleteId> JobReport::athletes_of(std::int64_t object_id) {
  std::vector<event::AthleteId> athletes;
  std::int64_t athlete = 0;
  database_.run_for_each(
      "SELECT DISTINCT athlete_id FROM jobs WHERE object_id = :object ORDER BY athlete_id",
      [&athlete](soci::statement& statement) { statement.exchange(soci::into(athlete)); },
      [&] { athletes.push_back(event::AthleteId{athlete}); }, soci::use(object_id));
  return athletes;
}

std::optional<Timestamp> JobReport::oldest_of_events() {
  Nullable<std::int64_t> oldest;
  database_.run(R"sql(
        SELECT MIN(created_us) FROM jobs
        LEFT JOIN athletes ON athletes.id = jobs.athlete_id
        WHERE dead = 0 AND lane <= 1 AND stopped_because IS NULL)sql",
                soci::into(oldest.value, oldest.indicator));
  return oldest.get() ? std::optional(from_microseconds(*oldest.get())) : std::nullopt;
}

}  // namespace hookspool::store
