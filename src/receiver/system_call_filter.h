#pragma once

namespace hookspool::receiver {

/// Leaves to the calling thread, and to those that it starts, only the system calls that serving
/// takes: files, threads, memory, and the sockets that are there. It can then start no program,
/// make no connection, trace nobody, and map no memory that can be executed. Anything else fails
/// with ENOSYS, as on a kernel that does not have it, which the C library knows to get by with. For
/// ever.
///
/// False where the kernel has no seccomp filters, or does not let us use them.
bool filter_system_calls();

}  // namespace hookspool::receiver
