#include "ctl/clock_text.h"

#include <chrono>

namespace hookspool::ctl {

std::string clock_text(Timestamp moment, Timestamp now) {
  const std::string text = to_rfc3339_seconds(moment);
  const bool is_close = moment - now < std::chrono::minutes(2);
  const std::string time = text.substr(11, is_close ? 8 : 5) + " UTC";
  return moment - now < std::chrono::hours(24) ? time : text.substr(0, 10) + " " + time;
}

}  // namespace hookspool::ctl
