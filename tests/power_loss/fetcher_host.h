#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "power_loss/recording.h"
#include "spool/layout.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::power_loss {

/// A spool and a store on a disk of which each change is recorded, and a fetcher for them.
class FetcherHost {
 public:
  /// Strava is at `strava`, or where nobody listens; `more` is added to the configuration.
  FetcherHost();
  FetcherHost(const std::string& strava, const std::string& more);

  std::string store_url() const { return "sqlite:" + store().string(); }
  std::filesystem::path store() const { return disk() / "store/hookspool.db"; }
  /// Of what is not on that disk.
  std::filesystem::path beside(const std::string& name) const { return directory_ / name; }

  void spool_body(const std::string& body) const;
  /// Spools an event of now.
  void spool(const std::string& object_type, std::int64_t id, const std::string& aspect_type,
             const std::string& updates = "", std::int64_t athlete = 134815) const;

  /// hookspool-fetcher --once, meeting `faults`.
  test::ProgramRun fetch(const std::string& faults = "") const;
  /// Of the last fetcher.
  Recording recording() const;
  /// How many calls it made that changed files.
  int calls() const;

  /// Fails the test if the database is damaged. Looks at a copy: to open it is to mend it.
  void expect_sound_store() const;

 private:
  std::filesystem::path disk() const { return directory_ / "disk"; }
  std::filesystem::path record() const { return directory_ / "record"; }

  SystemClock clock_;
  // In memory, where the many syncs cost nothing.
  test::TemporaryDirectory directory_{"/dev/shm"};
};

}  // namespace hookspool::power_loss
