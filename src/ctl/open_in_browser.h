#pragma once

#include <string>

namespace hookspool::ctl {

/// Has xdg-open show the address, without waiting. That there is none is only a warning, since the
/// person can open the address, too.
void open_in_browser(const std::string& address);

}  // namespace hookspool::ctl
