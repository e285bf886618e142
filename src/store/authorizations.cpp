#include "store/authorizations.h"

#include <chrono>
#include <cstdint>

#include "store/columns.h"

namespace hookspool::store {

void Authorizations::add(const event::Authorization& authorization, Timestamp received) {
  const std::int64_t received_us = to_microseconds(received);
  const std::int64_t old_us = to_microseconds(received - std::chrono::days(1));
  const bool refused = !authorization.error.empty();
  const std::int64_t ended = refused ? 1 : 0;
  Nullable<std::string> complaint(
      refused ? std::optional("the athlete did not authorize the application (" +
                              authorization.error + ")")
              : std::nullopt);
  Transaction transaction(database_);
  database_.run("DELETE FROM authorizations WHERE received_us < :old", soci::use(old_us));
  database_.run(R"sql(
        INSERT INTO authorizations
          (state, received_us, code, scope, due_us, ended, complaint)
        VALUES (:state, :received, :code, :scope, :received, :ended, :complaint)
        ON CONFLICT (state) DO NOTHING)sql",
                soci::use(authorization.state, "state"), soci::use(received_us, "received"),
                soci::use(authorization.code.reveal(), "code"),
                soci::use(authorization.scope, "scope"), soci::use(ended, "ended"),
                soci::use(complaint.value, complaint.indicator, "complaint"));
  transaction.commit();
}

std::optional<Authorizations::Waiting> Authorizations::claim(const std::string& holder,
                                                             Timestamp now, Timestamp lease_until) {
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(lease_until);
  Waiting waiting;
  std::string code;
  std::int64_t received_us = 0;
  Transaction transaction(database_);
  const bool found =
      database_.run(R"sql(
        SELECT state, code, scope, received_us FROM authorizations
        WHERE ended = 0 AND due_us <= :now AND leased_until_us <= :now
        ORDER BY due_us LIMIT 1)sql",
                    soci::use(now_us, "now"), soci::into(waiting.state), soci::into(code),
                    soci::into(waiting.scope), soci::into(received_us));
  if (found) {
    database_.run(R"sql(
        UPDATE authorizations SET holder = :holder, leased_until_us = :until
        WHERE state = :state)sql",
                  soci::use(holder), soci::use(until_us), soci::use(waiting.state));
  }
  transaction.commit();
  if (!found) return std::nullopt;
  waiting.code = Secret(code);
  waiting.received = from_microseconds(received_us);
  return waiting;
}

void Authorizations::postpone(const std::string& state, Timestamp due) {
  const std::int64_t due_us = to_microseconds(due);
  database_.run(R"sql(
        UPDATE authorizations SET due_us = :due, holder = NULL, leased_until_us = 0
        WHERE state = :state)sql",
                soci::use(due_us), soci::use(state));
}

std::optional<Timestamp> Authorizations::next_due() {
  Nullable<std::int64_t> next;
  database_.run(R"sql(
        SELECT MIN(CASE WHEN due_us > leased_until_us THEN due_us ELSE leased_until_us END)
        FROM authorizations WHERE ended = 0)sql",
                soci::into(next.value, next.indicator));
  return next.get() ? std::optional(from_microseconds(*next.get())) : std::nullopt;
}

void Authorizations::end(const std::string& state, const Outcome& outcome) {
  Nullable<std::int64_t> athlete(outcome.athlete ? std::optional(number(*outcome.athlete))
                                                 : std::nullopt);
  database_.run(R"sql(
        UPDATE authorizations SET ended = 1, code = '', holder = NULL, leased_until_us = 0,
          athlete_id = :athlete, complaint = :complaint
        WHERE state = :state)sql",
                soci::use(athlete.value, athlete.indicator), soci::use(outcome.complaint),
                soci::use(state));
}

std::optional<Authorizations::Outcome> Authorizations::outcome(const std::string& state) {
  Nullable<std::int64_t> athlete;
  Nullable<std::string> complaint;
  if (!database_.run(R"sql(
        SELECT athlete_id, complaint FROM authorizations WHERE state = :state AND ended = 1)sql",
                     soci::use(state), soci::into(athlete.value, athlete.indicator),
                     soci::into(complaint.value, complaint.indicator)))
    return std::nullopt;
  Outcome outcome;
  if (athlete.get()) outcome.athlete = event::AthleteId{*athlete.get()};
  outcome.complaint = complaint.get().value_or("");
  return outcome;
}

}  // namespace hookspool::store
