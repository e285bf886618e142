#pragma once

#include <memory>

#include "deployment/site.h"

namespace hookspool::deployment {

// An ordinary user's account on somebody else's Apache with suexec, with the .htaccess in apache/.

/// The program of this machine's build, as CGI: the host has no mod_fcgid.
std::unique_ptr<Site> cgi_account();
/// The same with mod_fcgid.
std::unique_ptr<Site> fcgid_account();

// What `make bundle` makes, on a Debian 11, whose libraries are older than this machine's.

std::unique_ptr<Site> cgi_bundle();
std::unique_ptr<Site> fcgid_bundle();
/// The first, for somebody who has FTP and cron, and nothing else: set up by files alone, of which
/// docs/shared-hosting.md has the configuration.
std::unique_ptr<Site> uploaded_bundle();
/// Empty, or why the three cannot be tried.
std::string obstacle_to_bundles();

}  // namespace hookspool::deployment
