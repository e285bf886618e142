#include "store/events.h"

#include <cstdint>
#include <string>

#include "store/columns.h"

namespace hookspool::store {
namespace {

/// As a LIMIT.
constexpr std::int64_t kAll = -1;

std::string select_of(const Events::Query& query) {
  const std::string select = R"sql(
      SELECT entry, record_id, received_us, kind, object_type, object_id, owner_id, event_at, body,
             signature
      FROM events
      WHERE (:object = 0 OR object_id = :object) AND entry > :after AND )sql";
  // The plus has the order of the numbers kept, rather than sorted by.
  const std::string since = query.after ? "+received_us >= :since" : "received_us >= :since";
  const std::string order = query.after ? "entry" : "received_us, entry";
  const std::string backwards = query.after ? "entry DESC" : "received_us DESC, entry DESC";
  if (!query.newest) return select + since + " ORDER BY " + order + " LIMIT :most";
  return "SELECT * FROM (" + select + since + " ORDER BY " + backwards + " LIMIT :most) ORDER BY " +
         order;
}

}  // namespace

bool Events::add(const AcceptedEvent& accepted) {
  const std::int64_t received = to_microseconds(accepted.received);
  const std::string kind(event::name_of(accepted.event.kind));
  const std::int64_t owner = number(accepted.event.owner_id);
  const std::int64_t event_at = to_seconds(accepted.event.event_time);
  database_.run(R"sql(
        INSERT INTO events (record_id, received_us, kind, object_type, object_id, owner_id,
                            event_at, body, signature)
        VALUES (:record, :received, :kind, :object_type, :object, :owner,
                :event_at, :body, :signature)
        ON CONFLICT DO NOTHING)sql",
                soci::use(accepted.record_id), soci::use(received), soci::use(kind),
                soci::use(accepted.event.object_type), soci::use(accepted.event.object_id),
                soci::use(owner), soci::use(event_at), soci::use(accepted.body),
                soci::use(accepted.signature));
  return database_.affected() == 1;
}

bool Events::recognize(const std::string& record_id, event::Kind kind) {
  const std::string kind_name(event::name_of(kind));
  database_.run(R"sql(
        UPDATE events SET kind = :kind
        WHERE record_id = :record AND kind = 'unknown' AND body <> '')sql",
                soci::use(kind_name), soci::use(record_id));
  return database_.affected() == 1;
}

bool Events::is_repeated(const AcceptedEvent& accepted) {
  const std::int64_t event_at = to_seconds(accepted.event.event_time);
  int others = 0;
  database_.run(R"sql(
        SELECT COUNT(*) FROM events
        WHERE object_type = :object_type AND object_id = :object AND event_at = :event_at
          AND body = :body AND record_id <> :record)sql",
                soci::use(accepted.event.object_type), soci::use(accepted.event.object_id),
                soci::use(event_at), soci::use(accepted.body), soci::use(accepted.record_id),
                soci::into(others));
  return others > 0;
}

std::optional<Events::Said> Events::newest_on(const std::string& object_type,
                                              std::int64_t object_id, event::AthleteId owner) {
  const std::int64_t owner_id = number(owner);
  std::string kind;
  std::int64_t event_at = 0;
  const bool found = database_.run(R"sql(
        SELECT kind, event_at FROM events
        WHERE object_type = :object_type AND object_id = :object AND owner_id = :owner
          AND kind <> 'unknown'
        ORDER BY event_at DESC, CASE WHEN kind = 'activity.delete' THEN 0 ELSE 1 END
        LIMIT 1)sql",
                                   soci::use(object_type), soci::use(object_id),
                                   soci::use(owner_id), soci::into(kind), soci::into(event_at));
  if (!found) return std::nullopt;
  return Said{event::kind_named(kind).value_or(event::Kind::kUnknown), from_seconds(event_at)};
}

bool Events::deletion_known(event::ActivityId activity, event::AthleteId owner,
                            std::chrono::sys_seconds event_time) {
  return is_known(event::Kind::kActivityDelete, activity, owner, event_time);
}

bool Events::creation_known(event::ActivityId activity, event::AthleteId owner,
                            std::chrono::sys_seconds event_time) {
  return is_known(event::Kind::kActivityCreate, activity, owner, event_time);
}

bool Events::is_known(event::Kind kind, event::ActivityId activity, event::AthleteId owner,
                      std::chrono::sys_seconds event_time) {
  const std::string kind_name(event::name_of(kind));
  const std::int64_t id = number(activity);
  const std::int64_t owner_id = number(owner);
  const std::int64_t event_at = to_seconds(event_time);
  int known = 0;
  database_.run(R"sql(
        SELECT COUNT(*) FROM events
        WHERE object_type = 'activity' AND object_id = :id AND owner_id = :owner
          AND kind = :kind AND event_at >= :event_at)sql",
                soci::use(id), soci::use(owner_id), soci::use(kind_name), soci::use(event_at),
                soci::into(known));
  return known > 0;
}

bool Events::has_test(const std::string& marker) {
  std::int64_t found = 0;
  database_.run(R"sql(
        SELECT COUNT(*) FROM events
        WHERE object_type IN ('activity', 'athlete') AND object_id = 1 AND INSTR(body, :marker))sql",
                soci::use(marker), soci::into(found));
  return found > 0;
}

void Events::unsay_deleted(Timestamp received_before) {
  const std::int64_t before_us = to_microseconds(received_before);
  database_.run(R"sql(
        UPDATE events SET body = '', signature = ''
        WHERE object_type = 'activity' AND object_id IN
          (SELECT object_id FROM events
           WHERE kind = 'activity.delete' AND body <> '' AND received_us < :before
             AND object_id NOT IN (SELECT id FROM activities)
             AND object_id NOT IN (SELECT id FROM deleted_activities)))sql",
                soci::use(before_us));
}

void Events::unsay_unstored(Timestamp received_before) {
  const std::int64_t before_us = to_microseconds(received_before);
  database_.run(R"sql(
        UPDATE events SET body = '', signature = ''
        WHERE received_us < :before AND body <> ''
          AND NOT (object_type = 'activity' AND object_id IN (SELECT id FROM activities)))sql",
                soci::use(before_us));
}

void Events::forget(Timestamp received_before) {
  const std::int64_t before_us = to_microseconds(received_before);
  database_.run(R"sql(
        DELETE FROM events WHERE entry IN
          (SELECT entry FROM events WHERE received_us < :before LIMIT 5000))sql",
                soci::use(before_us));
}

std::vector<AcceptedEvent> Events::list(const Query& query) {
  std::vector<AcceptedEvent> all;
  for_each(query, [&all](const AcceptedEvent& accepted) { all.push_back(accepted); });
  return all;
}

void Events::for_each(const Query& query, const std::function<void(const AcceptedEvent&)>& take) {
  const std::int64_t since_us = query.since ? to_microseconds(*query.since) : INT64_MIN;
  const std::int64_t object = query.object_id.value_or(0);
  const std::int64_t after = query.after.value_or(0);
  const std::int64_t most = query.most ? static_cast<std::int64_t>(*query.most) : kAll;
  AcceptedEvent accepted;
  std::string kind;
  std::int64_t received_us = 0;
  std::int64_t owner = 0;
  std::int64_t event_at = 0;
  const auto into = [&](soci::statement& select) {
    select.exchange(soci::into(accepted.entry));
    select.exchange(soci::into(accepted.record_id));
    select.exchange(soci::into(received_us));
    select.exchange(soci::into(kind));
    select.exchange(soci::into(accepted.event.object_type));
    select.exchange(soci::into(accepted.event.object_id));
    select.exchange(soci::into(owner));
    select.exchange(soci::into(event_at));
    select.exchange(soci::into(accepted.body));
    select.exchange(soci::into(accepted.signature));
  };
  const auto take_row = [&] {
    accepted.received = from_microseconds(received_us);
    accepted.event.kind = event::kind_named(kind).value_or(event::Kind::kUnknown);
    accepted.event.owner_id = event::AthleteId{owner};
    accepted.event.event_time = from_seconds(event_at);
    take(accepted);
  };
  database_.run_for_each(select_of(query), into, take_row, soci::use(since_us, "since"),
                         soci::use(object, "object"), soci::use(after, "after"),
                         soci::use(most, "most"));
}

std::int64_t Events::last_entry() {
  std::int64_t last = 0;
  database_.run("SELECT COALESCE(MAX(entry), 0) FROM events", soci::into(last));
  return last;
}

std::int64_t Events::count() {
  std::int64_t count = 0;
  database_.run("SELECT COUNT(*) FROM events", soci::into(count));
  return count;
}

std::optional<Timestamp> Events::newest() {
  Nullable<std::int64_t> newest;
  database_.run("SELECT MAX(received_us) FROM events", soci::into(newest.value, newest.indicator));
  return newest.get() ? std::optional(from_microseconds(*newest.get())) : std::nullopt;
}

}  // namespace hookspool::store
