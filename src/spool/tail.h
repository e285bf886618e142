#pragma once

#include <string_view>

#include "spool/layout.h"

namespace hookspool::spool {

/// Whether the newest records, some hundred of them, hold a text: for whoever has just sent one.
/// The spool is not changed. False, too, where it cannot be read.
bool newest_records_hold(const Layout& layout, std::string_view text);

}  // namespace hookspool::spool
