#pragma once

#include <chrono>
#include <functional>

namespace hookspool::store {

/// How long the statements of this process wait while another one holds the database. One thread
/// uses it.
class Patience {
 public:
  /// `longest`: that one statement waits.
  explicit Patience(std::chrono::milliseconds longest) : longest_(longest) {}

  void limit(std::chrono::milliseconds longest) { longest_ = longest; }

  /// Less patience, from a moment on that may come while a statement waits.
  struct Hurry {
    std::function<bool()> is_on;     ///< must not throw, nor use the database; empty: never
    std::chrono::milliseconds each;  ///< the longest that one statement waits then
    std::chrono::milliseconds all;   ///< the longest that all of them together wait from then on
  };
  /// What was waited under an earlier one does not count.
  void hurry(Hurry hurry);
  bool hurries() const { return hurry_.is_on && hurry_.is_on(); }

  /// Sleeps a moment for a statement that has done so `before` times. False if it is not to wait
  /// any longer.
  bool nap(int before) noexcept;

 private:
  using Steady = std::chrono::steady_clock;

  std::chrono::milliseconds longest_;
  Hurry hurry_{};
  Steady::time_point start_;  ///< of the statement's wait
  Steady::duration hurried_{};
};

}  // namespace hookspool::store
