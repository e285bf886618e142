#pragma once

#include <memory>
#include <string>
#include <thread>

#include "strava_sim/http_library.h"
#include "support/certificate_authority.h"

namespace hookspool::test {

/// A real HTTP server in this process, on a free port of 127.0.0.1, which serves from the first
/// moment to its end. Routes may be added until the first request.
class HttpServer {
 public:
  enum class Tls { kNone, kSelfSigned };

  explicit HttpServer(Tls tls = Tls::kNone);
  /// With that certificate.
  explicit HttpServer(const Certificate& certificate);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  httplib::Server& routes() { return *server_; }
  /// "http://127.0.0.1:40123", or with https.
  const std::string& url() const { return url_; }

 private:
  void serve(const std::string& scheme);

  std::unique_ptr<httplib::Server> server_;
  std::string url_;
  std::thread thread_;
};

}  // namespace hookspool::test
