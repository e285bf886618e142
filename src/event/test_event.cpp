#include "event/test_event.h"

#include <chrono>
#include <cstdint>

#include "base/json_string.h"

namespace hookspool::event {
namespace {

constexpr const char* kMark = "hookspool_test";

const char* aspect_type_of(Kind kind) {
  switch (kind) {
    case Kind::kActivityDelete:
      return "delete";
    case Kind::kActivityUpdate:
    case Kind::kAthleteDeauthorize:
      return "update";
    case Kind::kActivityCreate:
    case Kind::kUnknown:
      break;
  }
  return "create";
}

}  // namespace

std::string test_event_body(Kind kind, const std::string& marker, Timestamp now,
                            std::optional<SubscriptionId> subscription) {
  const bool is_about_athlete = kind == Kind::kAthleteDeauthorize;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::string body = R"({"object_type":)";
  append_json_string(body, is_about_athlete ? "athlete" : "activity");
  body += R"(,"aspect_type":)";
  append_json_string(body, aspect_type_of(kind));
  body += R"(,"object_id":1,"owner_id":1,"event_time":)" + std::to_string(seconds);
  if (subscription) {
    body += R"(,"subscription_id":)" + std::to_string(static_cast<std::int64_t>(*subscription));
  }
  body += R"(,"updates":{)";
  if (is_about_athlete) body += R"("authorized":"false",)";
  append_json_string(body, kMark);
  body += ":";
  append_json_string(body, marker);
  return body += "}}";
}

bool is_test(const Event& event) {
  return find_update(event, kMark) != nullptr;
}

}  // namespace hookspool::event
