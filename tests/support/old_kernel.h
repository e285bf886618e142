#pragma once

#include <seccomp.h>

#include <cerrno>
#include <stdexcept>

namespace hookspool::test {

/// From now on the calling process, and what it starts, have a kernel that does not know
/// getrandom(), as those before 3.17.
inline void forget_getrandom() {
  const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  const bool done =
      filter != nullptr &&
      ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(getrandom), 0) == 0 &&
      ::seccomp_load(filter) == 0;
  ::seccomp_release(filter);
  if (!done) throw std::runtime_error("seccomp cannot refuse getrandom()");
}

}  // namespace hookspool::test
