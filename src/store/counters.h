#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

// What is counted, by name.
namespace counter {
inline constexpr const char* kConfirmedDelete = "confirmed_deletes";
inline constexpr const char* kSuspiciousDelete = "suspicious_deletes";
inline constexpr const char* kConfirmedDeauthorization = "confirmed_deauthorizations";
inline constexpr const char* kSuspiciousDeauthorization = "suspicious_deauthorizations";
inline constexpr const char* kRightSignature = "right_signatures";
inline constexpr const char* kWrongSignature = "wrong_signatures";
inline constexpr const char* kMissedByWebhooks = "missed_by_webhooks";
}  // namespace counter

/// Things that happened, and when the last one did, since the store was made.
class Counters {
 public:
  explicit Counters(Database& database) : database_(database) {}

  struct Count {
    std::int64_t count = 0;
    Timestamp last;
  };

  void add(const std::string& name, Timestamp now, std::int64_t count = 1);
  /// Zero and 1970 if it never happened.
  Count get(const std::string& name);
  std::map<std::string, Count> list();

 private:
  Database& database_;
};

}  // namespace hookspool::store
