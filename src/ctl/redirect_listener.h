#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "event/authorization.h"

namespace hookspool::ctl {

/// Waits on this machine's loopback address for the browser that Strava sends back, which Strava
/// always allows, whatever the application's callback domain.
class RedirectListener {
 public:
  /// Listens on `port` of 127.0.0.1; with 0 on one that is free. Only an address with this `state`
  /// is taken for the answer. \throws Error  the port cannot be had
  RedirectListener(int port, std::string state);
  RedirectListener(const RedirectListener&) = delete;
  RedirectListener& operator=(const RedirectListener&) = delete;
  ~RedirectListener();

  /// "http://127.0.0.1:<port>/authorized"
  std::string redirect_uri() const;

  /// What the browser brought; nothing if it has not come within `patience`.
  std::optional<event::Authorization> wait(std::chrono::seconds patience);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace hookspool::ctl
