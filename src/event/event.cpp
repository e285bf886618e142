#include "event/event.h"

#include <json/reader.h>

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "event/surrogates.h"
#include "event/utf8.h"

namespace hookspool::event {
namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 4> kNames{{
    {"activity.create", Kind::kActivityCreate},
    {"activity.update", Kind::kActivityUpdate},
    {"activity.delete", Kind::kActivityDelete},
    {"athlete.deauthorize", Kind::kAthleteDeauthorize},
}};

/// An event nests two deep; whatever is deeper is an attempt on the parser's stack.
constexpr int kDeepestNesting = 16;

/// The latest moment that Timestamp can hold, in seconds, is year 294,247; year 9999 is plenty.
constexpr std::int64_t kLatestEventTime = 253'402'300'799;

struct Rejection {
  std::string reason;
};

std::unique_ptr<Json::CharReader> strict_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["stackLimit"] = kDeepestNesting;
  builder["skipBom"] = false;
  builder["allowSpecialFloats"] = false;
  return std::unique_ptr<Json::CharReader>(builder.newCharReader());
}

/// RFC 8259 forbids raw control characters; jsoncpp lets them pass inside strings. Strava writes
/// compact JSON, but tabs and newlines between members are legal.
bool has_raw_control_character(std::string_view body) {
  for (const char c : body) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return true;
  }
  return false;
}

Json::Value parse_object(std::string_view body) {
  if (!is_utf8(body)) throw Rejection{"the body is not valid UTF-8"};
  if (has_raw_control_character(body)) throw Rejection{"the body holds control characters"};
  // One reader a thread: building its settings costs more than reading an event.
  thread_local const std::unique_ptr<Json::CharReader> reader = strict_reader();
  const std::optional<std::string> mended = with_surrogates_mended(body);
  if (mended) body = *mended;
  Json::Value root;
  std::string errors;
  bool readable = false;
  try {
    readable = reader->parse(body.data(), body.data() + body.size(), &root, &errors);
  } catch (const Json::Exception&) {
    throw Rejection{"the body is nested too deeply"};
  }
  if (!readable) throw Rejection{"the body is not JSON"};
  if (!root.isObject()) throw Rejection{"the body is not a JSON object"};
  return root;
}

/// Takes a member out of `object`, so that what is left at the end is what we do not know.
Json::Value take(Json::Value& object, const char* name) {
  Json::Value value;
  object.removeMember(name, &value);
  return value;
}

std::string take_string(Json::Value& object, const char* name) {
  const Json::Value value = take(object, name);
  if (!value.isString()) throw Rejection{std::string(name) + " is not a string"};
  return value.asString();
}

/// Json::Value::isInt64() says yes to 1.0 and 1e3, which went through a double.
bool is_written_as_integer(const Json::Value& value) {
  return value.type() == Json::intValue || value.type() == Json::uintValue;
}

std::int64_t positive_integer(const Json::Value& value, const char* name) {
  if (!is_written_as_integer(value) || !value.isInt64()) {
    throw Rejection{std::string(name) + " is not a 64-bit integer"};
  }
  const std::int64_t number = value.asInt64();
  if (number <= 0) throw Rejection{std::string(name) + " is not positive"};
  return number;
}

std::optional<SubscriptionId> subscription(const Json::Value& value) {
  if (value.isNull()) return std::nullopt;
  if (!value.isString()) return SubscriptionId{positive_integer(value, "subscription_id")};
  // A string until 2018.
  const std::string text = value.asString();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) {
    throw Rejection{"subscription_id is not a 64-bit integer"};
  }
  return SubscriptionId{number};
}

std::chrono::sys_seconds event_time(const Json::Value& value) {
  const std::int64_t seconds = positive_integer(value, "event_time");
  if (seconds > kLatestEventTime) throw Rejection{"event_time is not in seconds"};
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

Json::Value updates(Json::Value value) {
  if (value.isNull()) return {Json::objectValue};
  if (!value.isObject()) throw Rejection{"updates is not an object"};
  return value;
}

bool is_deauthorization(const Json::Value& updates) {
  const Json::Value& authorized = updates["authorized"];
  return (authorized.isString() && authorized.asString() == "false") ||
         (authorized.isBool() && !authorized.asBool());
}

Kind kind_of(const Event& event) {
  if (event.object_type == "activity") {
    if (event.aspect_type == "create") return Kind::kActivityCreate;
    if (event.aspect_type == "update") return Kind::kActivityUpdate;
    if (event.aspect_type == "delete") return Kind::kActivityDelete;
  }
  if (event.object_type == "athlete") {
    if (event.aspect_type == "update" && is_deauthorization(event.updates)) {
      return Kind::kAthleteDeauthorize;
    }
    // Not documented, yet some receivers expect it. Taken as a hint to go and look, it does no
    // harm.
    if (event.aspect_type == "delete") return Kind::kAthleteDeauthorize;
  }
  return Kind::kUnknown;
}

Event read_event(std::string_view body) {
  Json::Value object = parse_object(body);
  Event event;
  event.object_type = take_string(object, "object_type");
  event.aspect_type = take_string(object, "aspect_type");
  event.object_id = positive_integer(take(object, "object_id"), "object_id");
  event.owner_id = AthleteId{positive_integer(take(object, "owner_id"), "owner_id")};
  event.subscription_id = subscription(take(object, "subscription_id"));
  event.event_time = event_time(take(object, "event_time"));
  event.updates = updates(take(object, "updates"));
  event.unknown_fields = std::move(object);
  event.kind = kind_of(event);
  return event;
}

}  // namespace

std::string_view name_of(Kind kind) {
  for (const auto& [name, named] : kNames) {
    if (named == kind) return name;
  }
  return "unknown";
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const auto& [known, kind] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::variant<Event, Malformed> parse(std::string_view body) {
  try {
    return read_event(body);
  } catch (const Rejection& rejection) {
    return Malformed{rejection.reason};
  }
}

}  // namespace hookspool::event
