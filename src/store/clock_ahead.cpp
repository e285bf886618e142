#include "store/clock_ahead.h"

#include <string>

#include "store/columns.h"

namespace hookspool::store {
namespace {

/// By so much a clock is set back all the time; what it wrote is no longer of the future at once.
constexpr std::chrono::seconds kSmallStep{1};

/// Nothing is put off by more than that: a Retry-After counts for a day at most, and hours may pass
/// until it is stored. What is due later was put off by a clock that was ahead.
constexpr std::chrono::hours kLongestWait{30};

/// By how much Strava's clock, from which activities settle, may be ahead of ours.
constexpr std::chrono::hours kStravaAhead{1};

/// A column of moments at which something happened.
struct Past {
  const char* table;
  const char* column;
};
// Each is quick to search: it has an index, or the table stays small.
constexpr Past kPasts[]{
    {"alerts", "since_us"},   {"athletes", "authorized_us"},
    {"counters", "last_us"},  {"deleted_activities", "deleted_us"},
    {"listings", "begun_us"}, {"listings", "ended_us"},
};

/// What waits: rows with a moment to wait for, which was reckoned from others.
struct Waiting {
  const char* table;
  const char* due;
  const char* since;
  const char* first_failed = nullptr;  ///< retry_for counts from there
};
constexpr Waiting kAllThatWaits[]{
    {"authorizations", "due_us", "received_us"},
    {"jobs", "due_us", "created_us", "first_failed_us"},
    {"notifications", "due_us", "made_us", "first_failed_us"},
    {"pause", "until_us", "since_us"},
};

constexpr Past kLeases[]{
    {"athletes", "refresh_until_us"},
    {"authorizations", "leased_until_us"},
    {"jobs", "leased_until_us"},
    {"notifications", "leased_until_us"},
};

std::int64_t lower(Database& database, const Past& moment, Timestamp latest, Timestamp to) {
  const std::string column = moment.column;
  const std::int64_t latest_us = to_microseconds(latest);
  const std::int64_t to_us = to_microseconds(to);
  database.run("UPDATE " + std::string(moment.table) + " SET " + column + " = :to WHERE " + column +
                   " > :latest",
               soci::use(to_us, "to"), soci::use(latest_us, "latest"));
  return database.affected();
}

std::int64_t hurry(Database& database, const Waiting& waiting, Timestamp now) {
  const std::string due = waiting.due;
  const std::string since = waiting.since;
  std::string set = due + " = MIN(" + due + ", :now), " + since + " = MIN(" + since + ", :now)";
  std::string where = due + " > :latest OR " + since + " > :soon";
  if (waiting.first_failed != nullptr) {
    // Nobody knows how long it has failed. Were that taken for now by a clock that is behind, it
    // would be given up once the clock is right.
    const std::string failed = waiting.first_failed;
    set += ", " + failed + " = CASE WHEN " + failed + " <= :soon THEN " + failed + " END";
    where += " OR " + failed + " > :soon";
  }
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t soon_us = to_microseconds(now + kSmallStep);
  const std::int64_t latest_us = to_microseconds(now + kLongestWait);
  database.run("UPDATE " + std::string(waiting.table) + " SET " + set + " WHERE " + where,
               soci::use(now_us, "now"), soci::use(soon_us, "soon"),
               soci::use(latest_us, "latest"));
  return database.affected();
}

/// Else each look would put the next one off to the future again.
std::int64_t hurry_settling(Database& database, Timestamp now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t second_at = to_seconds(second);
  const std::int64_t latest_at = to_seconds(second + kStravaAhead);
  database.run(R"sql(
      UPDATE jobs SET settling_since = :second, due_us = MIN(due_us, :now)
      WHERE settling_since > :latest)sql",
               soci::use(second_at, "second"), soci::use(now_us, "now"),
               soci::use(latest_at, "latest"));
  return database.affected();
}

}  // namespace

std::int64_t correct_what_a_clock_ahead_wrote(Database& database, Timestamp now,
                                              std::chrono::seconds longest_lease) {
  const Timestamp soon = now + kSmallStep;
  Transaction transaction(database);
  std::int64_t corrected = hurry_settling(database, now);
  for (const Waiting& waiting : kAllThatWaits) corrected += hurry(database, waiting, now);
  for (const Past& past : kPasts) corrected += lower(database, past, soon, now);
  for (const Past& lease : kLeases) {
    corrected += lower(database, lease, soon + longest_lease, now + longest_lease);
  }
  // It takes reading every activity, so only where something that goes with them is known to be
  // of the future.
  if (corrected > 0) {
    corrected += lower(database, {"activities", "listed_as_us"}, soon, now);
    corrected += lower(database, {"activities", "recording_seen_us"}, soon, now);
  }
  transaction.commit();
  return corrected;
}

}  // namespace hookspool::store
