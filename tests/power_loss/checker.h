#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "power_loss/recording.h"
#include "power_loss/survivals.h"

namespace hookspool::power_loss {

struct Report {
  std::size_t operations = 0;
  std::size_t states = 0;    ///< in which the power loss left the disk
  std::size_t restarts = 0;  ///< states that differ
  std::size_t by_the_program = 0;
  std::vector<std::string> failures;  ///< a sentence each
};

struct Extent {
  Thoroughness thoroughness;
  /// Moments before this one are passed over.
  std::size_t from = 0;
  /// Only every n-th moment is tried, and those after an answer.
  std::size_t every = 1;
  /// Every n-th restart is made with the real program, too.
  std::size_t program_every = 200;
  unsigned seed = 1;
  /// With so many failures it ends.
  std::size_t most_failures = 20;
  /// Which share the moments.
  unsigned threads = 1;
};

/// Lets the power go before the first operation of a recording, between any two, and after the
/// last, starts anew from what is left, and reports what was acknowledged and is lost, what is
/// there twice, and what does not work.
Report check(const Recording& recording, const Extent& extent);

}  // namespace hookspool::power_loss
