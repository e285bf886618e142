#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// Something that is wrong at present, and since when.
struct Alert {
  std::string name;  ///< "application", "athlete 134815", …
  Timestamp since;
  std::string detail;  ///< a sentence for a person
};

/// The alerts that are on, for every process on this store, so that each is told once.
class Alerts {
 public:
  explicit Alerts(Database& database) : database_(database) {}

  /// False if it is on already.
  bool start(const Alert& alert);
  void end(const std::string& name);
  /// By name.
  std::vector<Alert> list();

 private:
  Database& database_;
};

}  // namespace hookspool::store
