#pragma once

#include <json/json.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "strava_sim/activity_json.h"
#include "strava_sim/event.h"
#include "strava_sim/oauth.h"
#include "strava_sim/rate_limits.h"
#include "strava_sim/signature.h"

namespace hookspool::strava_sim {

enum class RateHeaders { kAlways, kNever, kNotOnStreams };
enum class HeaderCase { kDocumented, kTitle, kLower };
enum class RateBody { kFault, kStringErrors };
enum class ExistingCode { kAlreadyExists, kNotVerifiable };
enum class CreatedAnswer { kObject, kIdOnly };
enum class ParameterOrder { kDocumented, kReversed, kShuffled };
enum class EventOrder { kOldestFirst, kNewestFirst, kShuffled };
enum class AuthorizeAnswer { kGranted, kDenied, kCapacityPage };
enum class CodeErrorForm { kAuthorizationCode, kRequestToken };
enum class RefreshErrorField { kRefreshToken, kCode };
enum class RevokeAnswer { kNormal, kUnavailable };
enum class NotFoundForm { kResource, kRecord, kEmpty };
enum class NoStreamsAnswer { kNotFound, kEmpty };
enum class ListOrder { kNewestFirst, kOldestFirst, kShuffled };
enum class OversizedPage { kCapped, kRefused };
enum class SubscriptionRateHeaders { kZero, kNone };

/// A PATCH of the switches that cannot be carried out; the message says what would be right.
struct InvalidSwitch : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// What is unknown about Strava, or varies. The defaults are the documented or most often observed
/// behaviour; README.md in this folder explains each switch. A switch has the name of its member.
struct Switches {
  // Rate limits
  RateFigures rate_limit_overall{200, 2000};
  RateFigures rate_limit_read{100, 1000};
  bool rate_limit_enforced = true;
  RateHeaders rate_limit_headers = RateHeaders::kAlways;
  HeaderCase rate_limit_header_case = HeaderCase::kDocumented;
  RateBody rate_limit_body = RateBody::kFault;

  // Subscription and its validation
  int bad_credentials_status = 401;
  ExistingCode existing_subscription_code = ExistingCode::kAlreadyExists;
  CreatedAnswer subscription_created_answer = CreatedAnswer::kObject;
  SubscriptionRateHeaders subscription_rate_headers = SubscriptionRateHeaders::kZero;
  ParameterOrder validation_parameter_order = ParameterOrder::kDocumented;
  int validation_challenge_digits = 32;
  bool validation_encodes_dots = false;

  // Events and their delivery
  std::vector<int> event_retry_seconds{62, 75};
  int event_retry_after_real_ms = -1;
  int event_timeout_ms = 2000;
  int event_concurrency = 8;
  int event_delay_seconds = 0;
  int event_drop_every = 0;
  int event_duplicates = 0;
  bool event_hold = false;
  EventOrder event_order = EventOrder::kOldestFirst;
  UpdatesForm event_updates = UpdatesForm::kAlways;
  bool event_private_boolean = false;
  bool event_unknown_keys = false;
  bool event_shuffled_keys = true;
  SignatureForm event_signature = SignatureForm::kNone;
  std::string event_signature_key;
  bool event_retry_signed_anew = true;
  bool own_edits_send_events = true;
  bool own_revoke_sends_event = false;

  // OAuth
  std::int64_t oauth_authorize_as = 0;
  std::string oauth_granted_scope;
  AuthorizeAnswer oauth_authorize_answer = AuthorizeAnswer::kGranted;
  std::string oauth_callback_domain = "example.org";
  int oauth_capacity = 0;
  int oauth_code_seconds = 600;
  int oauth_access_token_seconds = 21600;
  Rotation oauth_rotation = Rotation::kAlways;
  bool oauth_scope_in_answer = true;
  CodeErrorForm oauth_code_error = CodeErrorForm::kAuthorizationCode;
  RefreshErrorField oauth_refresh_error_field = RefreshErrorField::kRefreshToken;
  RevokeAnswer oauth_revoke_answer = RevokeAnswer::kNormal;

  // The base of the API; `mode_2027` is a shorthand for these four
  bool api_with_prefix = true;
  bool api_without_prefix = false;
  bool tokens_only_in_header = false;
  bool deauthorize_retired = false;

  // Activities and streams
  bool app_inactive = false;
  int api_latency_ms = 0;
  int object_readable_after_seconds = 0;
  NotFoundForm not_found_form = NotFoundForm::kResource;
  DataForm data_form = DataForm::kSchema;
  int efforts_ready_after_seconds = 0;
  int streams_ready_after_seconds = 0;
  NoStreamsAnswer streams_not_ready_answer = NoStreamsAnswer::kNotFound;
  NoStreamsAnswer streams_manual_answer = NoStreamsAnswer::kNotFound;
  bool streams_nulls = true;
  bool streams_distance_unasked = false;
  ListOrder list_order = ListOrder::kNewestFirst;
  bool list_short_pages = false;
  OversizedPage list_oversized_page = OversizedPage::kCapped;

  /// Every switch by name, `mode_2027` included.
  Json::Value to_json() const;

  /// Changes the named switches: all of them or, on an exception, none.
  /// \throws InvalidSwitch  unknown name (the message lists the names) or a value that does not fit
  void apply(const Json::Value& changes);

  OAuthRules oauth_rules() const;
  EventForm event_form() const;
};

}  // namespace hookspool::strava_sim
