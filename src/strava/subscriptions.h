#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "event/event.h"
#include "strava/api_base.h"
#include "strava/form.h"
#include "strava/http_transport.h"
#include "strava/outcome.h"

namespace hookspool::strava {

/// What Strava knows of one subscription.
struct Subscription {
  event::SubscriptionId id{};
  std::string callback_url;
  std::string created_at;  ///< as Strava writes it; may be empty
};

/// The calls about an application's webhook subscription, of which it can have one.
/// https://developers.strava.com/docs/webhooks/
///
/// These functions wait for the answer. Failures say what to do.
class Subscriptions {
 public:
  /// Takes the application's credentials and api_urls from `config`. `transport` and `clock` must
  /// outlive this.
  Subscriptions(HttpTransport& transport, const Clock& clock, const config::StravaConfig& config);

  /// Asks Strava for the subscription. Before it answers it sends a GET with `verify_token` to
  /// `callback_url`, which must echo the challenge within two seconds.
  Result<event::SubscriptionId> create(const std::string& callback_url, const Secret& verify_token);

  /// None or one.
  Result<std::vector<Subscription>> list();

  /// kNotFound if there is no such subscription.
  Result<std::monostate> remove(event::SubscriptionId id);

 private:
  Form credentials() const;

  HttpTransport& transport_;
  ApiBase base_;
  const Clock& clock_;
  std::int64_t client_id_;
  Secret client_secret_;
};

}  // namespace hookspool::strava
