#pragma once

#include <string>
#include <vector>

#include "store/database.h"

namespace hookspool::store {

/// The leases of processes, on whatever there is to lease: jobs, token refreshes, codes to be
/// traded, notifications. They end by themselves in time; this is for a holder that is known to be
/// gone.
class Leases {
 public:
  explicit Leases(Database& database) : database_(database) {}

  /// Those who hold some.
  std::vector<std::string> holders();
  /// Ends all that it holds.
  void end_all_of(const std::string& holder);

 private:
  Database& database_;
};

}  // namespace hookspool::store
