#pragma once

#include <string>

#include "base/secret.h"

namespace hookspool::ctl {

/// Reads a secret that must never be an argument, since every user sees those.
///
/// From `file` if that is not empty; else, where standard input is a terminal, after a prompt and
/// without echo; else the first line of standard input. Blanks around it are left out.
/// \throws Error        there is none (kBadData), or the person gave up
/// \throws SystemError  the file cannot be read
Secret read_secret(const std::string& what, const std::string& file);

}  // namespace hookspool::ctl
