#pragma once

#include <chrono>

namespace hookspool::strava_sim {

/// A limit or a usage: requests in the quarter hour and in the UTC day.
struct RateFigures {
  int quarter_hour = 0;
  int day = 0;
};

/// The application's two counters as https://developers.strava.com/docs/rate-limits/ tells them:
/// windows begin at :00, :15, :30 and :45 and at midnight UTC, and refused requests count too.
class RateLimits {
 public:
  enum class Kind {
    kRead,   ///< counts overall and as a read
    kUpload  ///< counts overall only
  };

  struct Verdict {
    bool allowed = false;
    RateFigures overall_usage;
    RateFigures read_usage;
  };

  /// Counts one request at `now` and tells whether it is within `overall` and `read`.
  Verdict count(std::chrono::sys_seconds now, Kind kind, const RateFigures& overall,
                const RateFigures& read);

  RateFigures overall_usage() const { return overall_; }
  RateFigures read_usage() const { return read_; }

 private:
  void open_windows(std::chrono::sys_seconds now);

  std::chrono::sys_seconds quarter_hour_{};
  std::chrono::sys_days day_{};
  RateFigures overall_;
  RateFigures read_;
};

}  // namespace hookspool::strava_sim
