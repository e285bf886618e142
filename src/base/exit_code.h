#pragma once

namespace hookspool {

/// How a program ends, for scripts, cron and service managers: the codes of sysexits.h.
enum class ExitCode : int {
  kOk = 0,
  kUsage = 64,          ///< the command line is wrong
  kBadData = 65,        ///< input that was handed in is wrong
  kNoInput = 66,        ///< what was asked for does not exist
  kUnavailable = 69,    ///< a service that is needed refuses, for now or for good
  kSoftware = 70,       ///< a fault of ours
  kSystem = 71,         ///< the operating system refused
  kCannotCreate = 73,   ///< an output file or directory cannot be made
  kTryAgain = 75,       ///< a passing fault: the same call may succeed later
  kNoPermission = 77,   ///< the account may not do that
  kConfiguration = 78,  ///< hookspool.toml, or a file that it names, is wrong
};

}  // namespace hookspool
