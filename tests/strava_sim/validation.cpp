#include "strava_sim/validation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "strava_sim/json_text.h"
#include "strava_sim/url.h"

namespace hookspool::strava_sim {

std::string validation_url(const std::string& callback_url, const std::string& verify_token,
                           const std::string& challenge, const Switches& switches, Dice& dice) {
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"verify_token", verify_token}, {"challenge", challenge}, {"mode", "subscribe"}};
  switch (switches.validation_parameter_order) {
    case ParameterOrder::kDocumented:
      break;
    case ParameterOrder::kReversed:
      std::reverse(parameters.begin(), parameters.end());
      break;
    case ParameterOrder::kShuffled:
      for (std::size_t left = parameters.size(); left > 1; --left) {
        std::swap(parameters[left - 1], parameters[dice.next() % left]);
      }
      break;
  }
  const std::string dot = switches.validation_encodes_dots ? "%2E" : ".";
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += (query.empty() ? "hub" : "&hub") + dot + name + "=" + percent_encode(value);
  }
  return with_parameters(callback_url, query);
}

Validation judge(const CallbackAnswer& answer, const std::string& challenge) {
  if (answer.status == 0) return Validation::kNotVerifiable;
  if (answer.status != 200) return Validation::kNotOk;
  if (answer.content_type.rfind("application/json", 0) != 0) return Validation::kNotVerifiable;
  const auto json = parse_json(answer.body);
  if (!json || !json->isObject()) return Validation::kNotVerifiable;
  return (*json)["hub.challenge"] == challenge ? Validation::kVerified : Validation::kNotVerifiable;
}

}  // namespace hookspool::strava_sim
