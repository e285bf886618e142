// Spools events as the receiver does, and takes them into a new store as the fetcher does: 100,000
// on 20,000 objects. Prints the time and the largest memory that was resident.
//
// usage: ingest DIRECTORY   (it must not exist; on the disk that is to be measured)

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "fetcher/changes.h"
#include "fetcher/ingest.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "store/database.h"
#include "store/jobs.h"

namespace {

using namespace hookspool;

constexpr int kEvents = 100'000;
constexpr int kObjects = 20'000;

std::string body_of(int number) {
  const bool is_create = number < kObjects;
  return std::string(R"({"aspect_type":")") + (is_create ? "create" : "update") +
         R"(","event_time":)" + std::to_string(1'795'000'000 + number) + R"(,"object_id":)" +
         std::to_string(16'185'000'000 + number % kObjects) +
         R"(,"object_type":"activity","owner_id":134815,"subscription_id":120475,"updates":)" +
         (is_create ? "{}" : R"({"title":"Evening ride )" + std::to_string(number) + R"("})") + "}";
}

void spool_events(const spool::Layout& layout) {
  std::filesystem::create_directories(layout.root());
  std::ofstream segment(layout.current(), std::ios::binary);
  const Timestamp now = SystemClock().now();
  for (int number = 0; number < kEvents; ++number) {
    segment << spool::encode({now, spool::new_record_id(now), body_of(number), ""});
  }
}

void take(const std::filesystem::path& directory) {
  const SystemClock clock;
  const spool::Layout layout(directory / "spool");
  spool_events(layout);
  store::Database database("sqlite:" + (directory / "hookspool.db").string());
  spool::Reader reader(layout.root(), spool::real_file_system(), clock);
  const spool::PendingAuthorizations authorizations(layout, clock);
  fetcher::Changes changes(database, clock, {});
  fetcher::Ingest ingest(reader, authorizations, database, clock, changes, {});

  const auto start = std::chrono::steady_clock::now();
  const fetcher::Ingest::Summary summary = ingest.run();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;

  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%zu events on %lld objects: %.1f s, %.0f events/s, %.1f MiB resident\n",
              summary.events,
              static_cast<long long>(store::Jobs(database).counts(clock.now()).waiting),
              taken.count(), static_cast<double>(summary.events) / taken.count(),
              static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: ingest DIRECTORY\n", stderr);
    return 64;
  }
  try {
    take(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ingest: %s\n", error.what());
    return 70;
  }
}
