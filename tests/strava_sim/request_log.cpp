#include "strava_sim/request_log.h"

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

namespace {

constexpr std::size_t kMostEntries = 100'000;

constexpr const char* kHeadersThatMatter[] = {"authorization",   "content-type", "accept",
                                              "accept-encoding", "user-agent",   "host"};

}  // namespace

void RequestLog::add(const HttpRequest& request, const HttpAnswer& answer,
                     std::chrono::sys_seconds time) {
  Entry entry{request, answer.status, answer.transmission, time};
  entry.request.parameters.clear();
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMostEntries) entries_.pop_front();
}

void RequestLog::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

Json::Value RequestLog::to_json(const std::string& path_part) const {
  const std::lock_guard lock(mutex_);
  Json::Value list = empty_array();
  for (const Entry& entry : entries_) {
    if (entry.request.path.find(path_part) == std::string::npos) continue;
    Json::Value json = empty_object();
    json["time"] = Json::Int64(entry.time.time_since_epoch().count());
    json["method"] = entry.request.method;
    json["path"] = entry.request.path;
    json["query"] = entry.request.query;
    json["headers"] = empty_object();
    for (const char* name : kHeadersThatMatter) {
      const std::string value = entry.request.header(name);
      if (!value.empty()) json["headers"][name] = value;
    }
    if (entry.request.method != "GET") json["body"] = entry.request.body;
    // A connection that was cut before an answer has no status.
    json["status"] = entry.transmission == Transmission::kCutBefore ? 0 : entry.status;
    list.append(json);
  }
  return list;
}

}  // namespace hookspool::strava_sim
