#pragma once

#include <filesystem>

#include "base/secret.h"

namespace hookspool::ctl {

/// A refresh token that Strava gave in place of the one that was entered, until it is known whose
/// it is and the store has it. The one before is worthless already, so that losing this one would
/// cost the athlete another authorization.
///
/// Stands in a file beside the database, where only its owner can read it.
class UnclaimedToken {
 public:
  /// `directory` is that of the database.
  explicit UnclaimedToken(const std::filesystem::path& directory);

  const std::filesystem::path& path() const { return path_; }

  /// Durable when it returns. \throws SystemError
  void keep(const Secret& refresh_token) const;
  /// No error if there is none.
  void forget() const noexcept;

 private:
  std::filesystem::path path_;
};

}  // namespace hookspool::ctl
