#include "event/event.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/json_object.h"
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

/// The latest moment that Timestamp can hold, in seconds, is year 294,247; year 9999 is plenty.
constexpr std::int64_t kLatestEventTime = 253'402'300'799;

struct Rejection {
  std::string reason;
};

std::string text_of(const JsonObject& object, const char* name) {
  const rapidjson::Value* const value = object.find(name);
  if (value == nullptr) throw Rejection{std::string(name) + " is missing"};
  if (!value->IsString()) throw Rejection{std::string(name) + " is not a string"};
  return std::string(hookspool::text_of(*value));
}

/// `value` is nullptr if it is missing. What is written as 1.0 or 1e3 is none: it would go through
/// a double.
std::int64_t positive_integer(const rapidjson::Value* value, const char* name) {
  if (value == nullptr) throw Rejection{std::string(name) + " is missing"};
  if (!value->IsInt64()) {
    throw Rejection{std::string(name) + " is not a 64-bit integer"};
  }
  const std::int64_t number = value->GetInt64();
  if (number <= 0) throw Rejection{std::string(name) + " is not positive"};
  return number;
}

std::optional<SubscriptionId> subscription(const rapidjson::Value* value) {
  if (value == nullptr || value->IsNull()) return std::nullopt;
  if (!value->IsString()) return SubscriptionId{positive_integer(value, "subscription_id")};
  // A string until 2018.
  const std::string_view text = hookspool::text_of(*value);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) {
    throw Rejection{"subscription_id is not a 64-bit integer"};
  }
  return SubscriptionId{number};
}

std::chrono::sys_seconds event_time(const rapidjson::Value* value) {
  const std::int64_t seconds = positive_integer(value, "event_time");
  if (seconds > kLatestEventTime) throw Rejection{"event_time is not in seconds"};
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

Update update(const rapidjson::Value& name, const rapidjson::Value& value) {
  Update update{std::string(hookspool::text_of(name)), {}};
  if (value.IsString()) update.value = std::string(hookspool::text_of(value));
  if (value.IsBool()) update.value = value.GetBool();
  return update;
}

std::vector<Update> updates(const rapidjson::Value* value) {
  std::vector<Update> updates;
  if (value == nullptr || value->IsNull()) return updates;
  if (!value->IsObject()) throw Rejection{"updates is not an object"};
  for (const auto& member : value->GetObject()) {
    updates.push_back(update(member.name, member.value));
  }
  return updates;
}

Kind kind_of(const Event& event) {
  if (event.object_type == "activity") {
    if (event.aspect_type == "create") return Kind::kActivityCreate;
    if (event.aspect_type == "update") return Kind::kActivityUpdate;
    if (event.aspect_type == "delete") return Kind::kActivityDelete;
  }
  if (event.object_type == "athlete") {
    if (event.aspect_type == "update" && updates_to(event, "authorized", false)) {
      return Kind::kAthleteDeauthorize;
    }
    // Not documented, yet some receivers expect it. Taken as a hint to go and look, it does no
    // harm.
    if (event.aspect_type == "delete") return Kind::kAthleteDeauthorize;
  }
  return Kind::kUnknown;
}

Event read_event(std::string_view body) {
  if (!is_utf8(body)) throw Rejection{"the body is not valid UTF-8"};
  const std::optional<std::string> mended = with_surrogates_mended(body);
  const JsonObject object(mended ? *mended : body);
  if (!object.fault().empty()) throw Rejection{"the body " + std::string(object.fault())};
  Event event;
  event.object_type = text_of(object, "object_type");
  event.aspect_type = text_of(object, "aspect_type");
  event.object_id = positive_integer(object.find("object_id"), "object_id");
  event.owner_id = AthleteId{positive_integer(object.find("owner_id"), "owner_id")};
  event.subscription_id = subscription(object.find("subscription_id"));
  event.event_time = event_time(object.find("event_time"));
  event.updates = updates(object.find("updates"));
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

const Update* find_update(const Event& event, std::string_view name) {
  for (const Update& update : event.updates) {
    if (update.name == name) return &update;
  }
  return nullptr;
}

bool updates_to(const Event& event, std::string_view name, bool value) {
  const Update* const update = find_update(event, name);
  if (update == nullptr) return false;
  if (const auto* text = std::get_if<std::string>(&update->value)) {
    return *text == (value ? "true" : "false");
  }
  const auto* boolean = std::get_if<bool>(&update->value);
  return boolean != nullptr && *boolean == value;
}

std::variant<Event, Malformed> parse(std::string_view body) {
  try {
    return read_event(body);
  } catch (const Rejection& rejection) {
    return Malformed{rejection.reason};
  }
}

}  // namespace hookspool::event
