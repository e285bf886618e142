// GCC 12 with AddressSanitizer takes std::regex for uninitialized memory:
// https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105562
#if defined(__SANITIZE_ADDRESS__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "strava_sim/faults.h"

#include <stdexcept>
#include <utility>

#include "strava_sim/json_text.h"
#include "strava_sim/strava_errors.h"

namespace hookspool::strava_sim {

namespace {

constexpr std::pair<const char*, Fault::Kind> kKinds[] = {
    {"status", Fault::Kind::kStatus},
    {"timeout", Fault::Kind::kTimeout},
    {"cut", Fault::Kind::kCut},
    {"cut_body", Fault::Kind::kCutBody},
    {"slow_body", Fault::Kind::kSlowBody},
    {"wrong_json", Fault::Kind::kWrongJson},
    {"html", Fault::Kind::kHtml},
    {"empty", Fault::Kind::kEmpty},
    {"inactive", Fault::Kind::kInactive},
};

Fault::Kind kind_named(const std::string& name) {
  std::string names;
  for (const auto& [known, kind] : kKinds) {
    if (name == known) return kind;
    names += std::string(" ") + known;
  }
  throw std::invalid_argument("kind must be one of" + names);
}

const char* name_of(Fault::Kind wanted) {
  for (const auto& [name, kind] : kKinds) {
    if (kind == wanted) return name;
  }
  return "";
}

/// How long a silence or a slow body lasts if the test does not say.
constexpr int kDefaultDelayMs = 60'000;

int integer(const Json::Value& description, const char* name, int otherwise) {
  const Json::Value& value = description[name];
  if (value.isNull()) return otherwise;
  if (!value.isInt()) throw std::invalid_argument(std::string(name) + " must be an integer");
  return value.asInt();
}

Fault fault_from(const Json::Value& description) {
  if (!description.isObject()) throw std::invalid_argument("a fault is a JSON object");
  for (const std::string& name : description.getMemberNames()) {
    static const Json::Value known = *parse_json(
        R"({"path_regex":0,"method":0,"kind":0,"status":0,"delay_ms":0,"after":0,"times":0})");
    if (!known.isMember(name)) throw std::invalid_argument("a fault has no " + name);
  }
  Fault fault;
  fault.kind = kind_named(description.get("kind", "status").asString());
  fault.path_regex = description.get("path_regex", ".*").asString();
  fault.method = description.get("method", "").asString();
  fault.status = integer(description, "status", fault.kind == Fault::Kind::kStatus ? 503 : 0);
  const bool lasts = fault.kind == Fault::Kind::kTimeout || fault.kind == Fault::Kind::kSlowBody;
  fault.delay =
      std::chrono::milliseconds(integer(description, "delay_ms", lasts ? kDefaultDelayMs : 0));
  fault.after = integer(description, "after", 0);
  fault.times = integer(description, "times", 1);
  return fault;
}

HttpAnswer page_for_people(int status) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "text/html; charset=utf-8";
  answer.body =
      "<!DOCTYPE html><html><head><title>Strava</title></head>"
      "<body><h1>We'll be right back</h1></body></html>";
  return answer;
}

}  // namespace

bool replaces_answer(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kSlowBody:
    case Fault::Kind::kCutBody:
    case Fault::Kind::kWrongJson:
      return false;
    default:
      return true;
  }
}

HttpAnswer with_fault(const Fault& fault, HttpAnswer right) {
  HttpAnswer answer;
  switch (fault.kind) {
    case Fault::Kind::kStatus:
      answer = unexplained(fault.status);
      break;
    case Fault::Kind::kTimeout:
    case Fault::Kind::kCut:
      answer.transmission = Transmission::kCutBefore;
      break;
    case Fault::Kind::kHtml:
      answer = page_for_people(200);
      break;
    case Fault::Kind::kEmpty:
      break;
    case Fault::Kind::kInactive:
      answer = application_inactive();
      break;
    case Fault::Kind::kSlowBody:
      answer = std::move(right);
      answer.transmission = Transmission::kTrickled;
      break;
    case Fault::Kind::kCutBody:
      answer = std::move(right);
      answer.transmission = Transmission::kCutWithin;
      break;
    case Fault::Kind::kWrongJson:
      answer = std::move(right);
      answer.body.resize(answer.body.size() / 2);
      break;
  }
  if (fault.status != 0) answer.status = fault.status;
  answer.delay = fault.delay;
  return answer;
}

void Faults::add(const Json::Value& description) {
  const Fault fault = fault_from(description);
  try {
    const std::regex path(fault.path_regex);
    const std::lock_guard lock(mutex_);
    pending_.push_back({fault, path});
  } catch (const std::regex_error& error) {
    throw std::invalid_argument("path_regex: " + std::string(error.what()));
  }
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
}

Json::Value Faults::to_json() const {
  const std::lock_guard lock(mutex_);
  Json::Value list = empty_array();
  for (const Pending& pending : pending_) {
    Json::Value json = empty_object();
    json["path_regex"] = pending.fault.path_regex;
    json["method"] = pending.fault.method;
    json["kind"] = name_of(pending.fault.kind);
    json["status"] = pending.fault.status;
    json["delay_ms"] = Json::Int64(pending.fault.delay.count());
    json["after"] = pending.fault.after;
    json["times"] = pending.fault.times;
    list.append(json);
  }
  return list;
}

std::optional<Fault> Faults::take(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  for (auto pending = pending_.begin(); pending != pending_.end(); ++pending) {
    Fault& fault = pending->fault;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (!std::regex_search(request.path, pending->path)) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    const Fault taken = fault;
    if (fault.times > 0 && --fault.times == 0) pending_.erase(pending);
    return taken;
  }
  return std::nullopt;
}

}  // namespace hookspool::strava_sim
