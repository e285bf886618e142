#include "strava/authorization_url.h"

#include "strava/form.h"
#include "strava/oauth_client.h"

namespace hookspool::strava {

std::string authorization_url(const config::StravaConfig& strava, const std::string& redirect_uri,
                              const std::string& state) {
  Form query;
  query.add("client_id", std::to_string(strava.client_id))
      .add("redirect_uri", redirect_uri)
      .add("response_type", "code")
      // Shows the boxes again to somebody who has left one unticked before.
      .add("approval_prompt", "force")
      .add("scope", "read,activity:read,activity:read_all")
      .add("state", state);
  return oauth_endpoint(strava.oauth_url, "authorize") + "?" + query.encoded().reveal();
}

}  // namespace hookspool::strava
