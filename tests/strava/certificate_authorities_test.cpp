#include "strava/certificate_authorities.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "support/temporary_directory.h"

namespace hookspool::strava {
namespace {

class CertificateAuthorities : public testing::Test {
 protected:
  CertificateAuthorities() { ::unsetenv("SSL_CERT_FILE"); }
  ~CertificateAuthorities() override { ::unsetenv("SSL_CERT_FILE"); }

  void put(const char* place) {
    std::filesystem::create_directories((root_ / place).parent_path());
    std::ofstream(root_ / place) << "certificates";
  }

  test::TemporaryDirectory root_;
};

TEST_F(CertificateAuthorities, AreFoundWhereTheDistributionHasThem) {
  EXPECT_EQ(find_certificate_authorities(root_.path()), "");
  put("etc/ssl/cert.pem");
  EXPECT_EQ(find_certificate_authorities(root_.path()), root_ / "etc/ssl/cert.pem");
  put("etc/pki/tls/certs/ca-bundle.crt");
  EXPECT_EQ(find_certificate_authorities(root_.path()), root_ / "etc/pki/tls/certs/ca-bundle.crt");
}

TEST_F(CertificateAuthorities, AreThoseThatTheEnvironmentNames) {
  put("etc/ssl/cert.pem");
  ::setenv("SSL_CERT_FILE", "/home/me/authorities.pem", 1);
  EXPECT_EQ(find_certificate_authorities(root_.path()), "/home/me/authorities.pem");
}

}  // namespace
}  // namespace hookspool::strava
