#pragma once

#include <string>

#include "strava_sim/callback_client.h"
#include "strava_sim/dice.h"
#include "strava_sim/switches.h"

namespace hookspool::strava_sim {

/// The validation of a callback, as https://developers.strava.com/docs/webhooks/ tells it.
enum class Validation {
  kVerified,
  kNotOk,         ///< it answered, but not with 200
  kNotVerifiable  ///< no answer in time, or not the challenge as JSON
};

/// The URL of the validation GET: the callback URL, its own query kept.
std::string validation_url(const std::string& callback_url, const std::string& verify_token,
                           const std::string& challenge, const Switches& switches, Dice& dice);

/// What the answer to it means.
Validation judge(const CallbackAnswer& answer, const std::string& challenge);

}  // namespace hookspool::strava_sim
