#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "spool/layout.h"

namespace hookspool::spool {

/// The authorizations that hookspoolctl has begun and that wait for the athlete's answer. Each is
/// known by its `state`, a random token that Strava hands back with the answer: a file of that name
/// in spool/authorizations, which holds the moment at which it expires. So the receiver can tell an
/// answer that somebody waits for from any other, though it has no database.
///
/// Thread-safe, and shared by processes.
class PendingAuthorizations {
 public:
  /// An athlete has so long to read Strava's page and to answer.
  static constexpr std::chrono::minutes kLifetime{10};

  /// `clock` must outlive this.
  PendingAuthorizations(const Layout& layout, const Clock& clock);

  /// Begins one, and forgets those that have expired. The new state is known to the receiver when
  /// this returns. \throws SystemError
  std::string begin() const;

  /// Whether somebody waits for an answer with this state, whatever text that is. A file that
  /// cannot be read counts as none, with a line in the log.
  bool is_pending(std::string_view state) const;

  /// The state is used up. No error if it is not there. \throws SystemError
  void end(std::string_view state) const;

 private:
  void remove_expired() const;

  std::filesystem::path directory_;
  const Clock& clock_;
};

}  // namespace hookspool::spool
