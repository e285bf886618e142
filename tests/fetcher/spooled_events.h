#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "signature/hmac.h"
#include "spool/layout.h"
#include "spool/record.h"

namespace hookspool::test {

/// An event as Strava posts it.
inline std::string event_body(const std::string& object_type, std::int64_t object_id,
                              const std::string& aspect_type, std::chrono::sys_seconds event_time,
                              const std::string& updates = "", std::int64_t owner_id = 134815) {
  return R"({"aspect_type":")" + aspect_type + R"(","event_time":)" +
         std::to_string(event_time.time_since_epoch().count()) + R"(,"object_id":)" +
         std::to_string(object_id) + R"(,"object_type":")" + object_type + R"(","owner_id":)" +
         std::to_string(owner_id) + R"(,"subscription_id":1,"updates":{)" + updates + "}}";
}

/// Appends lines to the current segment, as the receiver does, but for their durability.
inline void append_to_spool(const spool::Layout& layout, const std::string& lines) {
  std::filesystem::create_directories(layout.root());
  std::ofstream(layout.current(), std::ios::app | std::ios::binary) << lines;
}

/// Spools a body under a new record id.
inline void spool_body(const spool::Layout& layout, Timestamp received, const std::string& body,
                       const std::string& signature = "") {
  append_to_spool(layout,
                  spool::encode({received, spool::new_record_id(received), body, signature}));
}

/// The X-Strava-Signature of a body that is sent at that moment.
inline std::string signature_by(const std::string& key, const std::string& body, Timestamp sent) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(sent).time_since_epoch().count();
  const std::string time = std::to_string(seconds);
  return "t=" + time + ",v1=" + signature::to_hex(signature::hmac_sha256(key, time + "." + body));
}

}  // namespace hookspool::test
