#pragma once

#include <optional>

#include "power_loss/recording.h"

namespace hookspool::power_loss {

/// How many calls a fetcher made that changed files, from Strava's last new tokens on until a call
/// was made to fail, or the fetcher was killed. 0 if Strava was still to answer then; nothing if
/// tokens had not been asked for.
std::optional<int> changes_since_new_tokens(const Recording& recording);

}  // namespace hookspool::power_loss
