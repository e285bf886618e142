#pragma once

#include "base/clock.h"

namespace hookspool::test {

/// Stands still until it is told to move.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23))
      : now_(start) {}

  Timestamp now() const override { return now_; }
  void set(Timestamp now) { now_ = now; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  Timestamp now_;
};

}  // namespace hookspool::test
