#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/query_string.h"
#include "base/secret.h"
#include "event/accept_filter.h"
#include "event/event.h"
#include "receiver/request.h"
#include "receiver/response.h"
#include "spool/pending_authorizations.h"

namespace hookspool::receiver {

/// What is to be done with a request.
struct Decision {
  Response response;
  /// The body of a record to keep, if any: `response` may go out only once it is durable.
  std::optional<std::string> record = std::nullopt;
};

/// Decides the answer to every request: docs/receiver.md has the table. Changes nothing, and is
/// thread-safe.
class Handler {
 public:
  /// `authorizations` must outlive this.
  Handler(Secret verify_token, event::AcceptFilter accept,
          const spool::PendingAuthorizations& authorizations);

  /// `ours` is the id that events must carry; until one is known, any is accepted.
  Decision handle(const Request& request, std::optional<event::SubscriptionId> ours) const;

 private:
  Decision handle_get(const Request& request) const;
  Response validate(const Parameters& parameters) const;
  Decision authorize(const Parameters& parameters) const;
  Decision handle_post(const Request& request, std::optional<event::SubscriptionId> ours) const;

  Secret verify_token_;
  event::AcceptFilter accept_;
  const spool::PendingAuthorizations& authorizations_;
};

}  // namespace hookspool::receiver
