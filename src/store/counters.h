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
/// Of events, by when they were received.
inline constexpr const char* kRightSignature = "right_signatures";
inline constexpr const char* kWrongSignature = "wrong_signatures";
/// Activities that reconciliation found new though an event should have told of them; the last one
/// is the one that started last.
inline constexpr const char* kMissedByWebhooks = "missed_by_webhooks";
/// Events of Strava's, tests left out; kept apart from the journal, which forgets them.
inline constexpr const char* kEvent = "events";
}  // namespace counter

/// Things that happened, and when the last one did, since the store was made.
class Counters {
 public:
  explicit Counters(Database& database) : database_(database) {}

  struct Count {
    std::int64_t count = 0;
    Timestamp last;

    /// That it happened once more, then.
    void note(Timestamp time);
  };

  /// `last` is when it happened; an earlier one than is known does not become the last one.
  void add(const std::string& name, Timestamp last, std::int64_t count = 1);
  /// The same; nothing where the count is zero.
  void add(const std::string& name, const Count& more);
  /// Zero and 1970 if it never happened.
  Count get(const std::string& name);
  std::map<std::string, Count> list();

 private:
  Database& database_;
};

}  // namespace hookspool::store
