#pragma once

#include <string>

namespace hookspool::ctl {

/// Asks the person at the terminal; only "y" and "yes" mean yes.
/// \throws Error  the answer is no (kNoPermission), or standard input is no terminal, so that
///                nobody can be asked: --yes says it for scripts (kUsage)
void confirm(const std::string& question);

}  // namespace hookspool::ctl
