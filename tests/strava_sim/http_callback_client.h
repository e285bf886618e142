#pragma once

#include <memory>
#include <string>

#include "strava_sim/callback_client.h"

namespace hookspool::strava_sim {

/// The real CallbackClient: one new connection for each request.
class HttpCallbackClient : public CallbackClient {
 public:
  /// \param ca_file  PEM certificates to trust instead of the system's; empty for the system's
  explicit HttpCallbackClient(std::string ca_file = "");
  ~HttpCallbackClient() override;

  CallbackAnswer send(const CallbackRequest& request, std::chrono::milliseconds limit) override;
  void stop() override;

 private:
  struct Connections;

  const std::string ca_file_;
  const std::unique_ptr<Connections> connections_;
};

}  // namespace hookspool::strava_sim
