#include "support/certificate_authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace hookspool::test {
namespace {

constexpr std::chrono::seconds kMonth = std::chrono::days(30);

void add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (extension == nullptr) throw std::runtime_error("cannot make a certificate");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate unsigned_certificate(const char* name, std::chrono::seconds left) {
  static long serial = 0;
  Certificate made{std::unique_ptr<EVP_PKEY, KeyDeleter>(EVP_EC_gen("P-256")),
                   std::unique_ptr<X509, CertificateDeleter>(X509_new())};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), static_cast<long>((left - kMonth).count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(left.count()));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_pubkey(certificate, made.key.get());
  return made;
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::filesystem::path& directory)
    : file_(directory / "authority.pem"),
      own_(unsigned_certificate("an authority of tests", kMonth - std::chrono::hours(1))) {
  X509* const certificate = own_.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate, own_.key.get(), EVP_sha256());
  std::FILE* const file = std::fopen(file_.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + file_.string());
  PEM_write_X509(file, certificate);
  std::fclose(file);
}

Certificate CertificateAuthority::issue(std::chrono::seconds left) const {
  Certificate issued = unsigned_certificate("127.0.0.1", left);
  X509* const certificate = issued.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(own_.certificate.get()));
  add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
  X509_sign(certificate, own_.key.get(), EVP_sha256());
  return issued;
}

}  // namespace hookspool::test
