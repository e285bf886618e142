#include "support/http_server.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace hookspool::test {
namespace {

/// A certificate for nobody, by nobody, for an hour.
bool set_self_signed_certificate(SSL_CTX& context) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return SSL_CTX_use_certificate(&context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(&context, key.get()) == 1;
}

std::unique_ptr<httplib::Server> make_server(HttpServer::Tls tls) {
  if (tls == HttpServer::Tls::kNone) return std::make_unique<httplib::Server>();
  return std::make_unique<httplib::SSLServer>(set_self_signed_certificate);
}

}  // namespace

HttpServer::HttpServer(Tls tls) : server_(make_server(tls)) {
  serve(tls == Tls::kNone ? "http" : "https");
}

HttpServer::HttpServer(const Certificate& certificate)
    : server_(std::make_unique<httplib::SSLServer>(certificate.certificate.get(),
                                                   certificate.key.get())) {
  serve("https");
}

void HttpServer::serve(const std::string& scheme) {
  const int port = server_->bind_to_any_port("127.0.0.1");
  if (port <= 0) throw std::runtime_error("cannot listen on 127.0.0.1");
  url_ = scheme + "://127.0.0.1:" + std::to_string(port);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // stop() does nothing to a server that does not run yet.
  while (!server_->is_running()) std::this_thread::yield();
}

HttpServer::~HttpServer() {
  server_->stop();
  thread_.join();
}

}  // namespace hookspool::test
