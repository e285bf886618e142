#include "deployment/account_site.h"
#include "deployment/namespaces.h"
#include "deployment/system_sites.h"

namespace hookspool::deployment {
namespace {

std::string isolation() {
  return why_not_isolated();
}

}  // namespace

const std::vector<Way>& ways() {
  static const std::vector<Way> all{
      {"Nginx", nginx_site, isolation},
      {"ApacheProxyFcgi", apache_proxy_fcgi_site, isolation},
      {"ApacheFcgid", apache_fcgid_site, isolation},
      {"ApacheCgi", apache_cgi_site, isolation},
      {"AccountCgi", cgi_account, isolation},
      {"AccountFcgid", fcgid_account, isolation},
      {"BundleCgi", cgi_bundle, obstacle_to_bundles},
      {"BundleFcgid", fcgid_bundle, obstacle_to_bundles},
      {"Lighttpd", lighttpd_site, isolation},
      {"Caddy", caddy_site, isolation},
  };
  return all;
}

}  // namespace hookspool::deployment
