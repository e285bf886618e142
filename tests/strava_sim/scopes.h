#pragma once

#include <set>
#include <string>

namespace hookspool::strava_sim {

/// What an athlete granted: https://developers.strava.com/docs/authentication/
class Scopes {
 public:
  Scopes() = default;

  /// Names separated by commas or spaces; unknown names are kept.
  explicit Scopes(const std::string& text);

  bool has(const std::string& name) const { return names_.count(name) != 0; }
  bool empty() const { return names_.empty(); }

  /// Whether Strava knows every name.
  bool all_known() const;

  /// What both have.
  Scopes in_common_with(const Scopes& other) const;

  /// Without it an athlete's activities send no events.
  bool activity_events() const { return has("activity:read"); }
  bool read_activities() const { return has("activity:read") || has("activity:read_all"); }
  bool read_all_activities() const { return has("activity:read_all"); }

  /// Comma-separated.
  std::string text() const;

 private:
  std::set<std::string> names_;
};

}  // namespace hookspool::strava_sim
