// The query string of a GET, as the receiver answers it, and the address that a person pastes.

#include "base/query_string.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "ctl/redirect.h"
#include "event/authorization.h"
#include "event/utf8.h"
#include "fuzzed_receiver.h"
#include "property.h"
#include "strava/form.h"
#include "strava/json_body.h"
#include "strava/printable_text.h"

namespace hookspool {
namespace {

using fuzz::expect;

std::string value_of(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

void expect_round_trip(const Parameters& parameters) {
  strava::Form form;
  for (const auto& [name, value] : parameters) form.add(name, value);
  expect(parse_query(form.encoded().reveal()) == parameters,
         "what a form encodes is read as it was");
}

/// The answer to Strava's validation: right only with the token, and then an echo.
void expect_right_validation(const receiver::Response& response, const Parameters& parameters) {
  const bool has_token =
      value_of(parameters, "hub.verify_token") == fuzz::FuzzedReceiver::kVerifyToken;
  const bool is_echo = response.content_type == "application/json";
  expect(!is_echo || (has_token && response.status == 200), "only the right token has an echo");
  expect(response.body.find(fuzz::FuzzedReceiver::kVerifyToken) == std::string::npos ||
             value_of(parameters, "hub.challenge").find(fuzz::FuzzedReceiver::kVerifyToken) !=
                 std::string::npos,
         "no answer tells the token");
  if (!is_echo) return;
  const auto echo = strava::parse_json(response.body);
  expect(echo && (*echo)["hub.challenge"] == value_of(parameters, "hub.challenge"),
         "the echo is the challenge");
}

void expect_right_authorization(const receiver::Decision& decision, const Parameters& parameters) {
  if (!decision.record) return;
  expect(value_of(parameters, "state") == fuzz::FuzzedReceiver::kPendingState,
         "only a state that is waited for leads to a record");
  expect(event::is_utf8(*decision.record), "a record is UTF-8");
  const auto answer = event::parse_authorization(*decision.record);
  expect(answer.has_value(), "an authorization is read back");
  expect(answer->code.reveal() == value_of(parameters, "code") &&
             answer->scope == value_of(parameters, "scope") &&
             answer->error == value_of(parameters, "error"),
         "an authorization comes out of its record as it went in");
}

void expect_sound_refusal(const std::string& address) {
  try {
    ctl::expect_granted(ctl::parse_redirect(address), fuzz::FuzzedReceiver::kPendingState);
  } catch (const Error& error) {
    expect(strava::printable(error.what()) == error.what(), "a refusal fits into a terminal");
  }
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  static const fuzz::FuzzedReceiver receiver;
  const std::string query(fuzz::text_of(data, size));
  const Parameters parameters = parse_query(query);
  expect(parameters.size() <= 1 + static_cast<std::size_t>(std::ranges::count(query, '&')),
         "there are no more parameters than separators allow");
  expect_round_trip(parameters);

  const auto decision = receiver.handler().handle({"GET", query, "", ""}, std::nullopt);
  expect_right_validation(decision.response, parameters);
  expect_right_authorization(decision, parameters);
  expect(!receiver.handler().handle({"HEAD", query, "", ""}, std::nullopt).record,
         "HEAD uses nothing up");
  expect_sound_refusal(query);
  return 0;
}
