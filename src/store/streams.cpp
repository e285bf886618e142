#include "store/streams.h"

#include <sstream>

#include "store/columns.h"
#include "store/gzip.h"

namespace hookspool::store {

namespace {

constexpr const char* kNone = "{}";

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream stream(text);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

}  // namespace

void Streams::put(event::ActivityId activity, const std::string& json,
                  const std::vector<std::string>& asked, Timestamp fetched) {
  insert(activity, json, asked, fetched, ", gzip = excluded.gzip, are_none = excluded.are_none");
}

void Streams::put_no_others(event::ActivityId activity, const std::vector<std::string>& asked,
                            Timestamp fetched) {
  insert(activity, kNone, asked, fetched, "");
}

void Streams::insert(event::ActivityId activity, const std::string& json,
                     const std::vector<std::string>& asked, Timestamp fetched,
                     const std::string& if_there_is_one) {
  const std::int64_t id = number(activity);
  const std::int64_t fetched_us = to_microseconds(fetched);
  const std::int64_t are_none = json == kNone ? 1 : 0;
  const std::string names = joined(asked);
  const std::string compressed = gzip(json);
  database_.guarded([&] {
    soci::blob blob(database_.session());
    blob.write(0, compressed.data(), compressed.size());
    database_.run(R"sql(
        INSERT INTO streams (activity_id, fetched_us, gzip, are_none, asked)
        VALUES (:id, :fetched, :gzip, :are_none, :asked)
        ON CONFLICT (activity_id) DO UPDATE SET
          fetched_us = excluded.fetched_us, asked = excluded.asked)sql" +
                      if_there_is_one,
                  soci::use(id), soci::use(fetched_us), soci::use(blob), soci::use(are_none),
                  soci::use(names));
  });
}

bool Streams::forget(event::ActivityId activity, Timestamp now) {
  if (!last_answer(activity)) return false;
  put(activity, kNone, {}, now);
  return true;
}

std::optional<Streams::Answer> Streams::last_answer(event::ActivityId activity) {
  const std::int64_t id = number(activity);
  std::int64_t fetched_us = 0;
  std::int64_t are_none = 0;
  std::string names;
  if (!database_.run("SELECT fetched_us, are_none, asked FROM streams WHERE activity_id = :id",
                     soci::use(id), soci::into(fetched_us), soci::into(are_none),
                     soci::into(names)))
    return std::nullopt;
  return Answer{are_none != 0, split(names), from_microseconds(fetched_us)};
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
