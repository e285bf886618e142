#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <unordered_map>

#include "power_loss/disk.h"
#include "power_loss/restart.h"

namespace hookspool::power_loss {

/// What restarts from images came to, so that none is made twice. Several threads may use one.
///
/// Nearly all images come to one of a few hundred outcomes, each of which is kept once: a hundred
/// thousand images take megabytes, not gigabytes.
class KnownOutcomes {
 public:
  /// Makes an outcome, and is given how many others have been begun before.
  using Make = std::function<Outcome(const Image&, std::size_t)>;

  /// `make` is called by all threads that ask. An image that several ask for at once may be made
  /// more than once, and is counted once.
  explicit KnownOutcomes(Make make);

  /// Stays valid as long as this does.
  const Outcome& of(const Image& image);

  /// How many images have been asked for.
  std::size_t size() const;

 private:
  const Make make_;
  mutable std::mutex mutex_;
  std::size_t begun_ = 0;
  std::set<Outcome> distinct_;
  std::unordered_map<std::size_t, const Outcome*> by_hash_;
};

}  // namespace hookspool::power_loss
