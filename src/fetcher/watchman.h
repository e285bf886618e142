#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "fetcher/changes.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// Sees what is wrong enough for a person to be told, and tells it once when it begins and once
/// when it ends, however many fetchers see it.
class Watchman {
 public:
  /// The share of a file system that is free for us, from 0 to 1; for tests to fill a disk.
  using FreeSpace = std::function<double(const std::filesystem::path&)>;

  struct Places {
    std::vector<std::filesystem::path> disks;  ///< where the program writes
    std::filesystem::path subscription = {};   ///< the spool's file, as old as the subscription
    bool is_subscription_configured = false;   ///< then that file may be missing
  };

  /// All must outlive this.
  Watchman(store::Database& database, const Clock& clock, Changes& changes,
           const config::AlertConfig& config, Places places, FreeSpace free_space = free_space_of);

  void look();

  static double free_space_of(const std::filesystem::path& path);

 private:
  /// What is wrong now: a name for each, and a sentence.
  using Faults = std::map<std::string, std::string>;

  Faults faults() const;
  void look_at_application(Faults& faults) const;
  void look_at_athletes(Faults& faults) const;
  void look_at_backlog(Faults& faults) const;
  void look_for_silence(Faults& faults) const;
  std::optional<Timestamp> silent_since() const;
  void look_at_disks(Faults& faults) const;
  void look_at_questions(Faults& faults) const;

  store::Database& database_;
  const Clock& clock_;
  Changes& changes_;
  config::AlertConfig config_;
  Places places_;
  FreeSpace free_space_;
};

}  // namespace hookspool::fetcher
