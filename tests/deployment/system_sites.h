#pragma once

#include <memory>

#include "deployment/site.h"

namespace hookspool::deployment {

// Installed by `make install` for the whole machine, each behind another web server, with the
// files in nginx/, apache/ and docs/.

std::unique_ptr<Site> nginx_site();
std::unique_ptr<Site> apache_proxy_fcgi_site();
std::unique_ptr<Site> apache_fcgid_site();
std::unique_ptr<Site> apache_cgi_site();
std::unique_ptr<Site> lighttpd_site();
std::unique_ptr<Site> caddy_site();

}  // namespace hookspool::deployment
