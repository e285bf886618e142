#pragma once

#include <cstddef>
#include <optional>

#include "base/secret.h"
#include "event/accept_filter.h"
#include "event/event.h"
#include "receiver/request.h"
#include "receiver/response.h"

namespace hookspool::receiver {

/// What is to be done with a request.
struct Decision {
  Response response;
  /// The body is an event to keep: `response` may go out only once it is durable in the spool.
  bool spool = false;
};

/// Decides the answer to every request: docs/receiver.md has the table. Pure and thread-safe.
class Handler {
 public:
  Handler(Secret verify_token, event::AcceptFilter accept);

  /// `ours` is the id that events must carry; until one is known, any is accepted.
  Decision handle(const Request& request, std::optional<event::SubscriptionId> ours) const;

 private:
  Response handle_get(const Request& request) const;
  Decision handle_post(const Request& request, std::optional<event::SubscriptionId> ours) const;

  Secret verify_token_;
  event::AcceptFilter accept_;
};

}  // namespace hookspool::receiver
