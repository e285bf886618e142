#include "store/athletes.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

constexpr const char* kSelect = R"sql(
    SELECT id, refresh_token, access_token, access_expires_at, scope, stopped_because,
           reconciled_us, authorized_us
    FROM athletes )sql";

/// The athletes that kSelect with this ending finds; `uses` are the soci::use of its parameters.
template <typename... Uses>
std::vector<Athlete> select(Database& database, const std::string& ending, const Uses&... uses) {
  std::int64_t id = 0;
  std::string refresh_token;
  std::string access_token;
  std::int64_t access_expires_at = 0;
  std::string scope;
  Nullable<std::string> stopped_because;
  std::int64_t reconciled_us = 0;
  std::int64_t authorized_us = 0;
  std::vector<Athlete> athletes;
  database.run_for_each(
      kSelect + ending,
      [&](soci::statement& statement) {
        statement.exchange(soci::into(id));
        statement.exchange(soci::into(refresh_token));
        statement.exchange(soci::into(access_token));
        statement.exchange(soci::into(access_expires_at));
        statement.exchange(soci::into(scope));
        statement.exchange(soci::into(stopped_because.value, stopped_because.indicator));
        statement.exchange(soci::into(reconciled_us));
        statement.exchange(soci::into(authorized_us));
      },
      [&] {
        athletes.push_back({event::AthleteId{id}, Secret(refresh_token), Secret(access_token),
                            from_seconds(access_expires_at), scope, stopped_because.get(),
                            from_microseconds(reconciled_us), from_microseconds(authorized_us)});
      },
      uses...);
  return athletes;
}

}  // namespace

void Athletes::put(const Athlete& athlete, Timestamp now) {
  const std::int64_t id = number(athlete.id);
  const std::int64_t expires_at = to_seconds(athlete.access_expires_at);
  const std::int64_t due = to_microseconds(now);
  Transaction transaction(database_);
  database_.run(R"sql(
        INSERT INTO athletes (id, refresh_token, access_token, access_expires_at, scope,
                              reconciled_us, authorized_us)
        VALUES (:id, :refresh_token, :access_token, :expires_at, :scope, :now, :now)
        ON CONFLICT (id) DO UPDATE SET
          refresh_token = excluded.refresh_token, access_token = excluded.access_token,
          access_expires_at = excluded.access_expires_at, scope = excluded.scope,
          authorized_us = CASE WHEN athletes.stopped_because IS NULL THEN athletes.authorized_us
                               ELSE excluded.authorized_us END,
          stopped_because = NULL)sql",
                soci::use(id, "id"), soci::use(athlete.refresh_token.reveal(), "refresh_token"),
                soci::use(athlete.access_token.reveal(), "access_token"),
                soci::use(expires_at, "expires_at"), soci::use(athlete.scope, "scope"),
                soci::use(due, "now"));
  database_.run(R"sql(
        UPDATE jobs SET dead = 0, due_us = :due, attempts = 0, first_failed_us = NULL
        WHERE athlete_id = :id AND dead = 1)sql",
                soci::use(due), soci::use(id));
  transaction.commit();
}

std::optional<Athlete> Athletes::find(event::AthleteId id) {
  const std::int64_t wanted = number(id);
  const auto found = select(database_, "WHERE id = :id", soci::use(wanted));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Athlete> Athletes::list() {
  return select(database_, "ORDER BY id");
}

bool Athletes::store_tokens(event::AthleteId id, const Secret& used, const NewTokens& tokens) {
  const std::int64_t athlete = number(id);
  const std::int64_t expires_at = to_seconds(tokens.access_expires_at);
  Nullable<std::string> scope(tokens.scope);
  const int late = tokens.are_late ? 1 : 0;
  database_.run(R"sql(
           UPDATE athletes SET
             refresh_token = :refresh_token, access_token = :access_token,
             access_expires_at = :expires_at, scope = COALESCE(:scope, scope),
             stopped_because = CASE WHEN :late = 0 THEN stopped_because END
           WHERE id = :id AND refresh_token = :used)sql",
                soci::use(tokens.refresh_token.reveal()), soci::use(tokens.access_token.reveal()),
                soci::use(expires_at), soci::use(scope.value, scope.indicator), soci::use(late),
                soci::use(athlete), soci::use(used.reveal()));
  return database_.affected() == 1;
}

void Athletes::stop(event::AthleteId id, const std::string& because) {
  const std::int64_t athlete = number(id);
  database_.run("UPDATE athletes SET stopped_because = :because WHERE id = :id", soci::use(because),
                soci::use(athlete));
}

void Athletes::reconciled(event::AthleteId id, Timestamp now) {
  const std::int64_t athlete = number(id);
  const std::int64_t now_us = to_microseconds(now);
  database_.run("UPDATE athletes SET reconciled_us = :now WHERE id = :id", soci::use(now_us),
                soci::use(athlete));
}

void Athletes::purge(event::AthleteId id) {
  const std::int64_t athlete = number(id);
  Transaction transaction(database_);
  database_.run(R"sql(
        DELETE FROM streams WHERE activity_id IN
          (SELECT id FROM activities WHERE athlete_id = :id
           UNION SELECT id FROM deleted_activities WHERE athlete_id = :id))sql",
                soci::use(athlete, "id"));
  database_.run(R"sql(
        DELETE FROM listed_activities WHERE listing_id IN
          (SELECT id FROM listings WHERE athlete_id = :id))sql",
                soci::use(athlete));
  for (const char* table : {"activities", "deleted_activities", "jobs", "listings"}) {
    database_.run("DELETE FROM " + std::string(table) + " WHERE athlete_id = :id",
                  soci::use(athlete));
  }
  database_.run("DELETE FROM notifications WHERE athlete_id = :id AND dead = 1",
                soci::use(athlete));
  database_.run("UPDATE events SET body = '', signature = '' WHERE owner_id = :id",
                soci::use(athlete));
  database_.run("DELETE FROM athletes WHERE id = :id", soci::use(athlete));
  transaction.commit();
}

bool Athletes::lease_refresh(event::AthleteId id, const std::string& holder, Timestamp now,
                             Timestamp until) {
  const std::int64_t athlete = number(id);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(until);
  database_.run(R"sql(
           UPDATE athletes SET refresh_holder = :holder, refresh_until_us = :until
           WHERE id = :id AND (refresh_holder IS NULL OR refresh_until_us <= :now))sql",
                soci::use(holder), soci::use(until_us), soci::use(athlete), soci::use(now_us));
  return database_.affected() == 1;
}

void Athletes::release_refresh(event::AthleteId id, const std::string& holder) {
  const std::int64_t athlete = number(id);
  database_.run(R"sql(
        UPDATE athletes SET refresh_holder = NULL, refresh_until_us = 0
        WHERE id = :id AND refresh_holder = :holder)sql",
                soci::use(athlete), soci::use(holder));
}

}  // namespace hookspool::store
