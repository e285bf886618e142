#include "power_loss/fetcher_host.h"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>

#include "fetcher/spooled_events.h"
#include "power_loss/restart.h"
#include "power_loss/watched_program.h"

namespace hookspool::power_loss {

FetcherHost::FetcherHost() : FetcherHost(kNobody, "") {}

FetcherHost::FetcherHost(const std::string& strava, const std::string& more) {
  std::filesystem::create_directories(store().parent_path());
  write_configuration(directory_ / "hookspool.toml", disk(), strava, more);
}

void FetcherHost::spool_body(const std::string& body) const {
  test::spool_body(spool::Layout(disk() / "spool"), clock_.now(), body);
}

void FetcherHost::spool(const std::string& object_type, std::int64_t id,
                        const std::string& aspect_type, const std::string& updates,
                        std::int64_t athlete) const {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  spool_body(test::event_body(object_type, id, aspect_type, now, updates, athlete));
}

test::ProgramRun FetcherHost::fetch(const std::string& faults) const {
  std::filesystem::remove(record());
  return test::run_program({test::built_program("hookspool-fetcher"), "--config",
                            directory_ / "hookspool.toml", "--once"},
                           "", environment_of({disk(), record(), faults}));
}

int FetcherHost::calls() const {
  return count_changes(recording());
}

Recording FetcherHost::recording() const {
  return read_recording(record(), disk());
}

void FetcherHost::expect_sound_store() const {
  const test::TemporaryDirectory copy("/dev/shm");
  for (const char* suffix : {"", "-wal", "-journal"}) {
    const std::filesystem::path file = store().string() + suffix;
    if (std::filesystem::exists(file)) std::filesystem::copy(file, copy / file.filename());
  }
  soci::session session(soci::sqlite3, "dbname=\"" + (copy / store().filename()).string() + "\"");
  std::string verdict;
  session << "PRAGMA integrity_check", soci::into(verdict);
  EXPECT_EQ(verdict, "ok");
}

}  // namespace hookspool::power_loss
