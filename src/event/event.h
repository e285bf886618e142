#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hookspool::event {

/// Strava's ids, kept apart by type. Always positive; 64 bits, since activity ids passed 2^32.
enum class ActivityId : std::int64_t {};
enum class AthleteId : std::int64_t {};
enum class SubscriptionId : std::int64_t {};

/// What an event says, in the words of the `accept` filter.
enum class Kind {
  kActivityCreate,
  kActivityUpdate,
  kActivityDelete,
  kAthleteDeauthorize,
  kUnknown,  ///< an object, aspect or change that Strava may add one day
};

/// The filter's name of a kind: "activity.create". "unknown" for kUnknown.
std::string_view name_of(Kind kind);

/// The kind with that name; nothing for any other text, "unknown" included.
std::optional<Kind> kind_named(std::string_view name);

/// A member of `updates`.
struct Update {
  std::string name;
  /// std::monostate stands for what is neither text nor boolean, which no change that we know of
  /// has.
  std::variant<std::monostate, bool, std::string> value;

  bool operator==(const Update&) const = default;
};

/// What Strava posts to a subscription's callback.
/// https://developers.strava.com/docs/webhooks/
struct Event {
  Kind kind = Kind::kUnknown;
  std::string object_type;
  std::string aspect_type;
  std::int64_t object_id = 0;  ///< an activity's or an athlete's id, as object_type says
  AthleteId owner_id{};
  std::optional<SubscriptionId> subscription_id;  ///< some senders leave it out
  std::chrono::sys_seconds event_time{};          ///< of the change on Strava, not of the start
  std::vector<Update> updates;                    ///< no name twice; empty if there was none
};

/// The update of that name; nullptr if there is none.
const Update* find_update(const Event& event, std::string_view name);

/// Whether the event updates a member to this truth value. Strava writes "true" and "false" in
/// quotes, and others write them without.
bool updates_to(const Event& event, std::string_view name, bool value);

/// Why a body is no event: a short clause such as "object_id is not a 64-bit integer".
struct Malformed {
  std::string reason;
};

/// Reads the body of a POST.
///
/// Liberal where Strava is: any key order, unknown members, `updates` missing, `subscription_id`
/// missing or written as a string, half a surrogate pair in a text, which becomes U+FFFD. Strict
/// where a program would act on nonsense: one JSON object in valid UTF-8 without BOM, no duplicate
/// keys, nesting of at most 16, and ids that are positive 64-bit integers, never taken through a
/// double. Thread-safe.
std::variant<Event, Malformed> parse(std::string_view body);

}  // namespace hookspool::event
