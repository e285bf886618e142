#pragma once

#include <filesystem>
#include <string>

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
  /// A clause for a person, naming the command that takes the token up.
  std::string how_to_go_on() const;

  /// One that an earlier attempt left behind must be taken up, not overwritten: `source` is the
  /// file that is being read now, or empty. \throws Error  there is one in another file
  void expect_none_but(const std::filesystem::path& source) const;

  /// Durable when it returns. \throws SystemError
  void keep(const Secret& refresh_token) const;
  /// No error if there is none.
  void forget() const noexcept;

 private:
  std::filesystem::path path_;
};

}  // namespace hookspool::ctl
