#pragma once

#include "base/descriptor.h"

namespace hookspool::receiver {

/// Blocks the signals that ask for a stop (SIGTERM, SIGINT, SIGHUP, of a terminal that is closed,
/// and SIGUSR1 by the FastCGI specification), but for a SIGHUP that the program was started to
/// ignore, in this thread and those that it starts, and returns a descriptor that is readable from
/// the first of them on. Call it before there is a second thread. \throws SystemError
Descriptor watch_stop_signals();

/// Ignores SIGPIPE and SIGXFSZ: a peer that is gone and a file-size limit are errors of a call, not
/// a reason to die.
void ignore_write_signals();

}  // namespace hookspool::receiver
