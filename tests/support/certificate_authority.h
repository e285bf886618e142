#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <memory>

namespace hookspool::test {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A server's certificate with its key.
struct Certificate {
  std::unique_ptr<EVP_PKEY, KeyDeleter> key;
  std::unique_ptr<X509, CertificateDeleter> certificate;
};

/// Issues certificates for 127.0.0.1, which programs trust that have $SSL_CERT_FILE name file().
class CertificateAuthority {
 public:
  /// Writes its own certificate into `directory`.
  explicit CertificateAuthority(const std::filesystem::path& directory);

  const std::filesystem::path& file() const { return file_; }
  /// Valid for a month until `left` from now, which may be past.
  Certificate issue(std::chrono::seconds left) const;

 private:
  std::filesystem::path file_;
  Certificate own_;
};

}  // namespace hookspool::test
