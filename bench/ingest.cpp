// Spools events as the receiver does, and takes them into a new store as the fetcher does, five on
// each object. Prints the time and the largest memory that was resident.
//
// usage: ingest DIRECTORY EVENTS   (it must not exist; on the disk that is to be measured)

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/clock.h"
#include "fetcher/changes.h"
#include "fetcher/ingest.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/database.h"
#include "store/job_report.h"
#include "waiting_events.h"

namespace {

using namespace hookspool;

/// In KiB, of this program: ru_maxrss would begin with that of whoever started it.
long most_resident() {
  std::ifstream status("/proc/self/status");
  const std::string name = "VmHWM:";
  for (std::string word; status >> word;) {
    long kibibytes = 0;
    if (word == name && status >> kibibytes) return kibibytes;
  }
  throw std::runtime_error("/proc/self/status does not say " + name);
}

void take(const std::filesystem::path& directory, int events) {
  const SystemClock clock;
  const spool::Layout layout(directory / "spool");
  bench::spool_events(layout.root(), events);
  store::Database database("sqlite:" + (directory / "hookspool.db").string());
  spool::Reader reader(layout.root(), spool::real_file_system(), clock);
  const spool::PendingAuthorizations authorizations(layout, clock);
  fetcher::Changes changes(database, clock, {});
  fetcher::Ingest ingest(reader, authorizations, database, clock, changes, {});

  const auto start = std::chrono::steady_clock::now();
  const fetcher::Ingest::Summary summary = ingest.run();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;

  std::printf("%zu events on %lld objects: %.1f s, %.0f events/s, %.1f MiB resident\n",
              summary.events,
              static_cast<long long>(store::JobReport(database).counts(clock.now()).waiting),
              taken.count(), static_cast<double>(summary.events) / taken.count(),
              static_cast<double>(most_resident()) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: ingest DIRECTORY EVENTS\n", stderr);
    return 64;
  }
  try {
    take(argv[1], std::atoi(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ingest: %s\n", error.what());
    return 70;
  }
}
