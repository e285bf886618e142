#pragma once

namespace hookspool::logging {

/// Sends the lines of base/log.h through spdlog to stderr, with time and level; with colours only
/// on a terminal, and never where $NO_COLOR is set (https://no-color.org). Call it first in main().
void install_spdlog_sink();

}  // namespace hookspool::logging
