#include "event/test_event.h"

#include <json/writer.h>

#include <chrono>
#include <cstdint>

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
  Json::Value body;
  body["object_type"] = is_about_athlete ? "athlete" : "activity";
  body["aspect_type"] = aspect_type_of(kind);
  body["object_id"] = 1;
  body["owner_id"] = 1;
  body["event_time"] = static_cast<Json::Int64>(
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now)));
  if (subscription) {
    body["subscription_id"] = static_cast<Json::Int64>(static_cast<std::int64_t>(*subscription));
  }
  if (is_about_athlete) body["updates"]["authorized"] = "false";
  body["updates"][kMark] = marker;
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, body);
}

bool is_test(const Event& event) {
  return event.updates.isMember(kMark);
}

}  // namespace hookspool::event
