#pragma once

#include <memory>

#include "deployment/site.h"

namespace hookspool::deployment {

// An ordinary user's account on somebody else's Apache with suexec, with the .htaccess in apache/.

/// The program of this machine's build, as CGI: the host has no mod_fcgid.
std::unique_ptr<Site> cgi_account();
/// The same with mod_fcgid.
std::unique_ptr<Site> fcgid_account();

}  // namespace hookspool::deployment
