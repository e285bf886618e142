#pragma once

#include <string>

namespace hookspool::fetcher {

/// The name under which this process holds leases: host, process id and start time, so that it
/// names one process for ever.
std::string make_holder();

/// Whether the process of that name ran on this host and is gone, so that its leases may be ended
/// at once. False for other hosts, whose leases run out by themselves.
bool is_gone(const std::string& holder);

}  // namespace hookspool::fetcher
