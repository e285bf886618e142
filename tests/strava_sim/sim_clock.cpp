#include "strava_sim/sim_clock.h"

#include <algorithm>

namespace hookspool::strava_sim {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;
using std::chrono::system_clock;

SimClock::SimClock(Mode mode, std::optional<sys_seconds> start)
    : mode_(mode),
      origin_(start ? Time(*start) : std::chrono::floor<milliseconds>(system_clock::now())),
      origin_real_(steady_clock::now()) {}

SimClock::Time SimClock::precise_now() const {
  const std::lock_guard lock(mutex_);
  if (mode_ == Mode::kManual) return origin_;
  return origin_ + std::chrono::floor<milliseconds>(steady_clock::now() - origin_real_);
}

sys_seconds SimClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(precise_now());
}

void SimClock::advance(std::chrono::seconds by) {
  {
    const std::lock_guard lock(mutex_);
    origin_ += by;
  }
  if (on_jump_) on_jump_();
}

void SimClock::set(sys_seconds time) {
  {
    const std::lock_guard lock(mutex_);
    origin_ = time;
    origin_real_ = steady_clock::now();
  }
  if (on_jump_) on_jump_();
}

std::optional<milliseconds> SimClock::real_time_until(sys_seconds time) const {
  const milliseconds left = Time(time) - precise_now();
  if (left <= milliseconds::zero()) return milliseconds::zero();
  if (mode_ == Mode::kManual) return std::nullopt;
  return left;
}

}  // namespace hookspool::strava_sim
