#pragma once

#include <memory>
#include <string>

#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

struct ServerOptions {
  int port = 0;                      ///< 0: a free one
  std::string tls_certificate_file;  ///< with the key: https instead of http
  std::string tls_key_file;
};

/// Serves a simulation on 127.0.0.1: the control surface below /_sim/, Strava everywhere else.
class HttpServer {
 public:
  /// Listens when the constructor returns. `simulation` must outlive this object.
  /// \throws std::runtime_error  the port is taken, or the certificate cannot be used
  HttpServer(Simulation& simulation, const ServerOptions& options);

  /// Interrupts answers under way and closes all connections.
  ~HttpServer();

  int port() const;

  /// "http://127.0.0.1:8080"
  std::string url() const;

 private:
  class Listener;
  const std::unique_ptr<Listener> listener_;
};

}  // namespace hookspool::strava_sim
