// Makes what the benchmarks of growth start from: a spool in which events wait, or a store with
// activities of 8 KB each.
//
// usage: fill spool DIRECTORY EVENTS
//        fill store FILE ACTIVITIES

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/clock.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/database.h"
#include "waiting_events.h"

namespace {

using namespace hookspool;

std::string start_of(int number) {
  const auto start = std::chrono::sys_days(std::chrono::year(2012) / 1 / 1) +
                     std::chrono::hours(number) + std::chrono::seconds(number % 3600);
  return to_rfc3339(Timestamp(start)).substr(0, 19) + "Z";
}

store::StoredActivity activity(int number, Timestamp now) {
  constexpr std::size_t kPolyline = 6000;
  store::StoredActivity activity;
  activity.id = event::ActivityId{16'185'000'000 + number};
  activity.athlete_id = event::AthleteId{134'815 + number % 10};
  activity.name = "Evening ride " + std::to_string(number);
  activity.sport_type = number % 3 == 0 ? "Run" : "Ride";
  activity.start_date = activity.start_date_local = start_of(number);
  activity.timezone = "(GMT+01:00) Europe/Berlin";
  activity.distance_m = 28'099.5 + number;
  activity.moving_time_s = 4207;
  activity.elapsed_time_s = 4410;
  activity.elevation_gain_m = 516;
  activity.summary_polyline = std::string(500, 'a');
  activity.polyline = std::string(kPolyline, 'b');
  activity.visibility = "everyone";
  activity.fetched = now;
  activity.json = R"({"id":)" + std::to_string(number) + R"(,"map":{"polyline":")" +
                  std::string(kPolyline, 'b') + R"("},"description":")" + std::string(1900, 'c') +
                  R"("})";
  return activity;
}

void fill_store(const std::string& file, int activities) {
  constexpr int kTogether = 1000;
  store::Database database("sqlite:" + file);
  const Timestamp now = SystemClock().now();
  for (int first = 0; first < activities; first += kTogether) {
    store::CommitGroup group(database);
    for (int number = first; number < std::min(first + kTogether, activities); ++number) {
      store::Activities(database).put(activity(number, now));
    }
    group.commit();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 4 ? argv[1] : "";
  if (what != "spool" && what != "store") {
    std::fputs("usage: fill spool DIRECTORY EVENTS\n       fill store FILE ACTIVITIES\n", stderr);
    return 64;
  }
  try {
    const int count = std::atoi(argv[3]);
    what == "spool" ? bench::spool_events(argv[2], count) : fill_store(argv[2], count);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fill: %s\n", error.what());
    return 70;
  }
}
