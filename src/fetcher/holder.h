#pragma once

#include <string>

namespace hookspool::fetcher {

/// The name under which this process holds leases: boot of the machine, namespace of process ids,
/// process id and start time, so that it names one process for ever.
std::string make_holder();

/// Whether the process of that name is gone for certain, so that its leases may be ended at once.
/// False for those of other machines and containers, whose leases run out by themselves.
bool is_gone(const std::string& holder);

}  // namespace hookspool::fetcher
