#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "strava/http_transport.h"

namespace hookspool::strava {

/// How long a connection and a whole request may take, and how large an answer may be.
struct HttpLimits {
  /// Strava answers within a second; a connection that needs ten will not carry a request.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Longer than any answer that Strava gave, shorter than the patience of a service manager that
  /// waits for a clean stop (90 s with systemd).
  std::chrono::milliseconds total_timeout{30'000};
  /// With its headers, in bytes. An activity has some 80 KB, with all segment efforts of a long
  /// ride a few MB. More than this is a fault, and would end in memory.
  std::size_t largest_answer = 16UL * 1024 * 1024;
};

/// The network, by libcurl: HTTP/2 where TLS offers it, connections kept and shared, TLS always
/// verified against the system's certificates, answers compressed.
///
/// Follows no redirect, since a token must not travel to a host that a server names; a redirect is
/// an answer like any other. Speaks http and https only, and heeds neither cookies nor netrc.
class CurlTransport final : public HttpTransport {
 public:
  /// \throws Error  libcurl could not be set up
  explicit CurlTransport(HttpLimits limits = {});
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;
  ~CurlTransport() override;

  void start(HttpRequest request, Completion completion) override;
  void wait(std::chrono::milliseconds timeout, std::span<const int> wake_on) override;
  void withdraw() override;
  std::size_t in_flight() const override;

 private:
  class Transfer;
  class Multi;

  std::unique_ptr<Multi> multi_;
};

}  // namespace hookspool::strava
