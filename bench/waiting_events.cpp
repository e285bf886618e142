#include "waiting_events.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "spool/layout.h"
#include "spool/record.h"

namespace hookspool::bench {
namespace {

std::string body_of(int number, int objects) {
  const bool is_create = number < objects;
  return std::string(R"({"aspect_type":")") + (is_create ? "create" : "update") +
         R"(","event_time":)" + std::to_string(1'795'000'000 + number) + R"(,"object_id":)" +
         std::to_string(16'185'000'000 + number % objects) +
         R"(,"object_type":"activity","owner_id":134815,"subscription_id":120475,"updates":)" +
         (is_create ? "{}" : R"({"title":"Evening ride )" + std::to_string(number) + R"("})") + "}";
}

}  // namespace

void spool_events(const std::filesystem::path& spool, int events) {
  const spool::Layout layout(spool);
  std::filesystem::create_directories(layout.root());
  std::ofstream segment(layout.current(), std::ios::binary);
  segment.exceptions(std::ios::badbit | std::ios::failbit);
  const int objects = std::max(events / 5, 1);
  const Timestamp now = SystemClock().now();
  for (int number = 0; number < events; ++number) {
    segment << spool::encode({now, spool::new_record_id(now), body_of(number, objects), ""});
  }
  segment.flush();
}

}  // namespace hookspool::bench
