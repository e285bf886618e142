#include "store/streams.h"

#include "store/columns.h"
#include "store/gzip.h"

namespace hookspool::store {

namespace {

constexpr const char* kNone = "{}";

}  // namespace

void Streams::put(event::ActivityId activity, const std::string& json, Timestamp fetched) {
  insert("OR REPLACE", activity, json, fetched);
}

void Streams::put_none(event::ActivityId activity, Timestamp fetched) {
  insert("OR IGNORE", activity, kNone, fetched);
}

void Streams::insert(const std::string& if_there_are_some, event::ActivityId activity,
                     const std::string& json, Timestamp fetched) {
  const std::int64_t id = number(activity);
  const std::int64_t fetched_us = to_microseconds(fetched);
  const std::string compressed = gzip(json);
  database_.guarded([&] {
    soci::blob blob(database_.session());
    blob.write(0, compressed.data(), compressed.size());
    database_.run("INSERT " + if_there_are_some + R"sql(
        INTO streams (activity_id, fetched_us, gzip) VALUES (:id, :fetched, :gzip))sql",
                  soci::use(id), soci::use(fetched_us), soci::use(blob));
  });
}

bool Streams::are_known(event::ActivityId activity) {
  const std::int64_t id = number(activity);
  return database_.guarded([&] {
    std::int64_t found = 0;
    return database_.run("SELECT activity_id FROM streams WHERE activity_id = :id", soci::use(id),
                         soci::into(found));
  });
}

std::optional<std::string> Streams::find(event::ActivityId activity) {
  const std::int64_t id = number(activity);
  return database_.guarded([&]() -> std::optional<std::string> {
    soci::blob blob(database_.session());
    if (!database_.run("SELECT gzip FROM streams WHERE activity_id = :id", soci::use(id),
                       soci::into(blob)))
      return std::nullopt;
    std::string compressed(blob.get_len(), '\0');
    if (!compressed.empty()) blob.read(0, compressed.data(), compressed.size());
    const std::string json = gunzip(compressed);
    return json == kNone ? std::nullopt : std::optional(json);
  });
}

}  // namespace hookspool::store
