#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "torture/victim.h"

namespace hookspool::torture {

/// Something that happens to hookspool in the course of years.
struct Trouble {
  std::string name;
  /// False if it came to nothing.
  std::function<bool(Victim&, std::mt19937&)> strike;
};

/// Those that can be had here: without a disk of one's own some are left out.
std::vector<Trouble> troubles(const Victim& victim);

}  // namespace hookspool::torture
