#include "fetcher/describe.h"

#include <cstdint>

namespace hookspool::fetcher {

std::string describe(event::AthleteId athlete) {
  return " athlete=" + std::to_string(static_cast<std::int64_t>(athlete));
}

std::string describe(const std::optional<event::AthleteId>& athlete) {
  return athlete ? describe(*athlete) : "";
}

std::string describe(const store::Job& job) {
  return " wish=" + std::string(store::name_of(job.wish)) + " lane=" + store::name_of(job.lane) +
         " object=" + std::to_string(job.object_id) + describe(job.athlete_id);
}

}  // namespace hookspool::fetcher
