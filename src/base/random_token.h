#pragma once

#include <string>

namespace hookspool {

/// 256 random bits as 64 hex digits: for tokens that nobody must guess.
/// \throws SystemError  the system has no random numbers
std::string random_token();

}  // namespace hookspool
