#include "store/notifications.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

constexpr const char* kSelect = R"sql(
    SELECT id, change_id, consumer, kind, object_type, object_id, athlete_id, detail, made_us,
           due_us, attempts, first_failed_us, last_error, dead
    FROM notifications )sql";

/// The notifications that kSelect with this ending finds; `uses` are the soci::use of its
/// parameters.
template <typename... Uses>
std::vector<Notification> select(Database& database, const std::string& ending,
                                 const Uses&... uses) {
  Notification found;
  std::int64_t athlete = 0;
  std::int64_t made_us = 0;
  std::int64_t due_us = 0;
  Nullable<std::int64_t> first_failed_us;
  Nullable<std::string> last_error;
  int dead = 0;
  std::vector<Notification> all;
  database.run_for_each(
      kSelect + ending,
      [&](soci::statement& statement) {
        statement.exchange(soci::into(found.id));
        statement.exchange(soci::into(found.change_id));
        statement.exchange(soci::into(found.consumer));
        statement.exchange(soci::into(found.kind));
        statement.exchange(soci::into(found.object_type));
        statement.exchange(soci::into(found.object_id));
        statement.exchange(soci::into(athlete));
        statement.exchange(soci::into(found.detail));
        statement.exchange(soci::into(made_us));
        statement.exchange(soci::into(due_us));
        statement.exchange(soci::into(found.attempts));
        statement.exchange(soci::into(first_failed_us.value, first_failed_us.indicator));
        statement.exchange(soci::into(last_error.value, last_error.indicator));
        statement.exchange(soci::into(dead));
      },
      [&] {
        found.athlete_id = event::AthleteId{athlete};
        found.made = from_microseconds(made_us);
        found.due = from_microseconds(due_us);
        const auto first = first_failed_us.get();
        found.first_failed = first ? std::optional(from_microseconds(*first)) : std::nullopt;
        found.last_error = last_error.get();
        found.dead = dead != 0;
        all.push_back(found);
      },
      uses...);
  return all;
}

}  // namespace

void Notifications::add(const Notification& notification) {
  const std::int64_t athlete = number(notification.athlete_id);
  const std::int64_t made_us = to_microseconds(notification.made);
  const std::int64_t due_us = to_microseconds(notification.due);
  database_.run(R"sql(
        INSERT INTO notifications (change_id, consumer, kind, object_type, object_id, athlete_id,
                                   detail, made_us, due_us)
        VALUES (:change, :consumer, :kind, :object_type, :object, :athlete, :detail, :made, :due))sql",
                soci::use(notification.change_id), soci::use(notification.consumer),
                soci::use(notification.kind), soci::use(notification.object_type),
                soci::use(notification.object_id), soci::use(athlete),
                soci::use(notification.detail), soci::use(made_us), soci::use(due_us));
}

std::vector<Notification> Notifications::claim(const std::string& consumer, std::size_t most,
                                               const std::string& holder, Timestamp now,
                                               Timestamp lease_until) {
  const auto limit = static_cast<std::int64_t>(most);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(lease_until);
  std::vector<Notification> claimed;
  Transaction transaction(database_);
  claimed =
      select(database_, R"sql(
        AS candidate
        WHERE dead = 0 AND consumer = :consumer AND due_us <= :now AND leased_until_us <= :now
          AND NOT EXISTS (
            SELECT 1 FROM notifications AS earlier
            WHERE earlier.consumer = candidate.consumer AND earlier.dead = 0
              AND earlier.object_type = candidate.object_type
              AND earlier.object_id = candidate.object_id AND earlier.id < candidate.id)
        ORDER BY id LIMIT :limit)sql",
             soci::use(consumer, "consumer"), soci::use(now_us, "now"), soci::use(limit, "limit"));
  for (const Notification& notification : claimed) {
    database_.run(R"sql(
          UPDATE notifications SET holder = :holder, leased_until_us = :until WHERE id = :id)sql",
                  soci::use(holder), soci::use(until_us), soci::use(notification.id));
  }
  transaction.commit();
  return claimed;
}

std::optional<Timestamp> Notifications::next_due(const std::string& consumer) {
  Nullable<std::int64_t> next;
  database_.run(R"sql(
        SELECT MIN(MAX(due_us, leased_until_us)) FROM notifications AS candidate
        WHERE dead = 0 AND consumer = :consumer
          AND NOT EXISTS (
            SELECT 1 FROM notifications AS earlier
            WHERE earlier.consumer = candidate.consumer AND earlier.dead = 0
              AND earlier.object_type = candidate.object_type
              AND earlier.object_id = candidate.object_id AND earlier.id < candidate.id))sql",
                soci::use(consumer), soci::into(next.value, next.indicator));
  return next.get() ? std::optional(from_microseconds(*next.get())) : std::nullopt;
}

void Notifications::finish(const Notification& notification, const std::string& holder) {
  database_.run("DELETE FROM notifications WHERE id = :id AND holder = :holder",
                soci::use(notification.id), soci::use(holder));
}

void Notifications::postpone(const Notification& notification, const std::string& holder,
                             Timestamp due, Timestamp now, const std::string& error) {
  const std::int64_t due_us = to_microseconds(due);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(R"sql(
        UPDATE notifications SET
          due_us = :due, attempts = attempts + 1, last_error = :error,
          first_failed_us = COALESCE(first_failed_us, :now), holder = NULL, leased_until_us = 0
        WHERE id = :id AND holder = :holder)sql",
                soci::use(due_us), soci::use(error), soci::use(now_us), soci::use(notification.id),
                soci::use(holder));
}

void Notifications::release(const Notification& notification, const std::string& holder) {
  database_.run(R"sql(
        UPDATE notifications SET holder = NULL, leased_until_us = 0
        WHERE id = :id AND holder = :holder)sql",
                soci::use(notification.id), soci::use(holder));
}

void Notifications::bury(const Notification& notification, const std::string& holder,
                         const std::string& error) {
  database_.run(R"sql(
        UPDATE notifications SET dead = 1, attempts = attempts + 1, last_error = :error,
                                 holder = NULL, leased_until_us = 0
        WHERE id = :id AND holder = :holder)sql",
                soci::use(error), soci::use(notification.id), soci::use(holder));
}

std::vector<std::string> Notifications::owed() {
  std::vector<std::string> consumers;
  std::string consumer;
  database_.run_for_each(
      "SELECT DISTINCT consumer FROM notifications WHERE dead = 0",
      [&](soci::statement& statement) { statement.exchange(soci::into(consumer)); },
      [&] { consumers.push_back(consumer); });
  return consumers;
}

std::int64_t Notifications::bury_all_of(const std::string& consumer, Timestamp made_before,
                                        Timestamp now, const std::string& error) {
  const std::int64_t before_us = to_microseconds(made_before);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(R"sql(
        UPDATE notifications SET dead = 1, last_error = :error
        WHERE dead = 0 AND consumer = :consumer AND made_us < :before AND leased_until_us <= :now)sql",
                soci::use(error, "error"), soci::use(consumer, "consumer"),
                soci::use(before_us, "before"), soci::use(now_us, "now"));
  return database_.affected();
}

Notifications::Counts Notifications::counts() {
  Counts counts;
  database_.run(R"sql(
        SELECT COUNT(CASE WHEN dead = 0 THEN 1 END), COUNT(CASE WHEN dead = 1 THEN 1 END)
        FROM notifications)sql",
                soci::into(counts.waiting), soci::into(counts.dead));
  return counts;
}

std::vector<Notification> Notifications::list(std::size_t most, bool only_dead) {
  const auto limit = static_cast<std::int64_t>(most);
  const int least = only_dead ? 1 : 0;
  return select(database_, "WHERE dead >= :least ORDER BY id LIMIT :limit", soci::use(least),
                soci::use(limit));
}

std::optional<Notification> Notifications::oldest_failing() {
  const auto found = select(database_, "WHERE dead = 0 AND attempts > 0 ORDER BY id LIMIT 1");
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::int64_t Notifications::revive(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  database_.run(R"sql(
           UPDATE notifications SET dead = 0, due_us = :now, attempts = 0, first_failed_us = NULL
           WHERE dead = 1)sql",
                soci::use(now_us));
  return database_.affected();
}

std::int64_t Notifications::drop_dead() {
  database_.run("DELETE FROM notifications WHERE dead = 1");
  return database_.affected();
}

}  // namespace hookspool::store
