#pragma once

#include <string>

namespace hookspool::ctl {

/// How grave a finding is.
enum class Level { kOk, kWarning, kFault };

/// What was found out about one thing that can be wrong.
struct Finding {
  Level level = Level::kOk;
  std::string subject;  ///< "callback", "spool", …
  std::string text;     ///< what is so; a sentence without its full stop
  std::string mend;     ///< what to do about it; empty if nothing needs to be done
};

}  // namespace hookspool::ctl
