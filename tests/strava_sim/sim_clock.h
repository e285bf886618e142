#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

namespace hookspool::strava_sim {

/// The one clock behind every time limit of the simulated Strava. Thread-safe.
class SimClock {
 public:
  enum class Mode {
    kReal,   ///< runs with real time, shifted by an offset that tests change
    kManual  ///< stands still until told
  };

  /// Begins at `start`, or at the real time if there is none.
  explicit SimClock(Mode mode, std::optional<std::chrono::sys_seconds> start = std::nullopt);

  Mode mode() const { return mode_; }
  std::chrono::sys_seconds now() const;

  void advance(std::chrono::seconds by);
  void set(std::chrono::sys_seconds time);

  /// The real time that passes until the clock shows `time` (zero if it already does), or nothing
  /// if it stands still and only a jump can bring it there.
  std::optional<std::chrono::milliseconds> real_time_until(std::chrono::sys_seconds time) const;

  /// `listener` is called after every jump, by the thread that caused it. Set it before sharing
  /// the clock between threads.
  void on_jump(std::function<void()> listener) { on_jump_ = std::move(listener); }

 private:
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;

  Time precise_now() const;

  const Mode mode_;
  mutable std::mutex mutex_;
  Time origin_;  ///< what the clock showed at `origin_real_`
  std::chrono::steady_clock::time_point origin_real_;
  std::function<void()> on_jump_;
};

}  // namespace hookspool::strava_sim
