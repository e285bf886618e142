#include "strava/certificate_authorities.h"

#include <cstdlib>
#include <system_error>

namespace hookspool::strava {
namespace {

// As Go's crypto/x509 has collected them: https://go.dev/src/crypto/x509/root_linux.go
constexpr const char* kPlaces[] = {
    "etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
    "etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "etc/ssl/ca-bundle.pem",                             // openSUSE
    "etc/pki/tls/cacert.pem",                            // OpenELEC
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS, RHEL 7 and later
    "etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

std::filesystem::path find_certificate_authorities(const std::filesystem::path& root) {
  if (const char* const named = std::getenv("SSL_CERT_FILE")) return named;
  for (const char* place : kPlaces) {
    std::error_code ignored;
    if (std::filesystem::exists(root / place, ignored)) return root / place;
  }
  return {};
}

}  // namespace hookspool::strava
