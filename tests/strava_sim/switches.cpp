#include "strava_sim/switches.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

namespace {

using Names = std::initializer_list<std::string_view>;

/// Shows every switch to `visitor`, with the names of its values where it is an enumeration, in the
/// order of the enumerators. The only list of the switches there is.
template <class SwitchesType, class Visitor>
void visit_switches(SwitchesType& s, Visitor& visitor) {
  visitor.value("rate_limit_overall", s.rate_limit_overall);
  visitor.value("rate_limit_read", s.rate_limit_read);
  visitor.value("rate_limit_enforced", s.rate_limit_enforced);
  visitor.choice("rate_limit_headers", s.rate_limit_headers, {"always", "never", "not_on_streams"});
  visitor.choice("rate_limit_header_case", s.rate_limit_header_case,
                 {"documented", "title", "lower"});
  visitor.choice("rate_limit_body", s.rate_limit_body, {"fault", "string_errors"});

  visitor.value("bad_credentials_status", s.bad_credentials_status);
  visitor.choice("existing_subscription_code", s.existing_subscription_code,
                 {"already exists", "not verifiable"});
  visitor.choice("subscription_created_answer", s.subscription_created_answer,
                 {"object", "id_only"});
  visitor.choice("subscription_rate_headers", s.subscription_rate_headers, {"zero", "none"});
  visitor.choice("validation_parameter_order", s.validation_parameter_order,
                 {"documented", "reversed", "shuffled"});
  visitor.value("validation_challenge_digits", s.validation_challenge_digits);
  visitor.value("validation_encodes_dots", s.validation_encodes_dots);

  visitor.value("event_retry_seconds", s.event_retry_seconds);
  visitor.value("event_retry_after_real_ms", s.event_retry_after_real_ms);
  visitor.value("event_timeout_ms", s.event_timeout_ms);
  visitor.value("event_concurrency", s.event_concurrency);
  visitor.value("event_delay_seconds", s.event_delay_seconds);
  visitor.value("event_drop_every", s.event_drop_every);
  visitor.value("event_duplicates", s.event_duplicates);
  visitor.value("event_hold", s.event_hold);
  visitor.choice("event_order", s.event_order, {"oldest_first", "newest_first", "shuffled"});
  visitor.choice("event_updates", s.event_updates, {"always", "missing_when_empty", "missing"});
  visitor.value("event_private_boolean", s.event_private_boolean);
  visitor.value("event_unknown_keys", s.event_unknown_keys);
  visitor.value("event_shuffled_keys", s.event_shuffled_keys);
  visitor.choice("event_signature", s.event_signature,
                 {"none", "valid", "wrong_key", "stale", "several", "malformed"});
  visitor.value("event_signature_key", s.event_signature_key);
  visitor.value("event_retry_signed_anew", s.event_retry_signed_anew);
  visitor.value("own_edits_send_events", s.own_edits_send_events);
  visitor.value("own_revoke_sends_event", s.own_revoke_sends_event);

  visitor.value("oauth_authorize_as", s.oauth_authorize_as);
  visitor.value("oauth_granted_scope", s.oauth_granted_scope);
  visitor.choice("oauth_authorize_answer", s.oauth_authorize_answer,
                 {"granted", "denied", "capacity_page"});
  visitor.value("oauth_callback_domain", s.oauth_callback_domain);
  visitor.value("oauth_capacity", s.oauth_capacity);
  visitor.value("oauth_code_seconds", s.oauth_code_seconds);
  visitor.value("oauth_access_token_seconds", s.oauth_access_token_seconds);
  visitor.choice("oauth_rotation", s.oauth_rotation, {"always", "never", "sometimes"});
  visitor.value("oauth_scope_in_answer", s.oauth_scope_in_answer);
  visitor.choice("oauth_code_error", s.oauth_code_error, {"AuthorizationCode", "RequestToken"});
  visitor.choice("oauth_refresh_error_field", s.oauth_refresh_error_field,
                 {"refresh_token", "code"});
  visitor.choice("oauth_revoke_answer", s.oauth_revoke_answer, {"normal", "unavailable"});

  visitor.value("api_with_prefix", s.api_with_prefix);
  visitor.value("api_without_prefix", s.api_without_prefix);
  visitor.value("tokens_only_in_header", s.tokens_only_in_header);
  visitor.value("deauthorize_retired", s.deauthorize_retired);

  visitor.value("app_inactive", s.app_inactive);
  visitor.value("api_latency_ms", s.api_latency_ms);
  visitor.value("object_readable_after_seconds", s.object_readable_after_seconds);
  visitor.choice("not_found_form", s.not_found_form, {"resource", "record", "empty"});
  visitor.choice("data_form", s.data_form, {"schema", "live"});
  visitor.value("efforts_ready_after_seconds", s.efforts_ready_after_seconds);
  visitor.value("streams_ready_after_seconds", s.streams_ready_after_seconds);
  visitor.choice("streams_not_ready_answer", s.streams_not_ready_answer, {"not_found", "empty"});
  visitor.choice("streams_manual_answer", s.streams_manual_answer, {"not_found", "empty"});
  visitor.value("streams_nulls", s.streams_nulls);
  visitor.value("streams_distance_unasked", s.streams_distance_unasked);
  visitor.choice("list_order", s.list_order, {"newest_first", "oldest_first", "shuffled"});
  visitor.value("list_short_pages", s.list_short_pages);
  visitor.choice("list_oversized_page", s.list_oversized_page, {"capped", "refused"});
}

class JsonWriter {
 public:
  void value(const char* name, bool setting) { json_[name] = setting; }
  void value(const char* name, int setting) { json_[name] = setting; }
  void value(const char* name, std::int64_t setting) { json_[name] = Json::Int64(setting); }
  void value(const char* name, const std::string& setting) { json_[name] = setting; }
  void value(const char* name, const RateFigures& setting) {
    json_[name].append(setting.quarter_hour);
    json_[name].append(setting.day);
  }
  void value(const char* name, const std::vector<int>& setting) {
    json_[name] = empty_array();
    for (const int number : setting) json_[name].append(number);
  }
  template <class Enumeration>
  void choice(const char* name, Enumeration setting, Names names) {
    json_[name] = std::string(*(names.begin() + static_cast<int>(setting)));
  }

  Json::Value json_ = empty_object();
};

class JsonReader {
 public:
  explicit JsonReader(Json::Value changes) : left_(std::move(changes)) {}

  void value(const char* name, bool& setting) {
    const Json::Value* given = take(name);
    if (given == nullptr) return;
    if (!given->isBool()) reject(name, "true or false");
    setting = given->asBool();
  }

  template <class Integer>
  requires(std::is_same_v<Integer, int> ||
           std::is_same_v<Integer, std::int64_t>) void value(const char* name, Integer& setting) {
    const Json::Value* given = take(name);
    if (given == nullptr) return;
    if (!(std::is_same_v<Integer, int> ? given->isInt() : given->isInt64())) {
      reject(name, "an integer");
    }
    setting = static_cast<Integer>(given->asInt64());
  }

  void value(const char* name, std::string& setting) {
    const Json::Value* given = take(name);
    if (given == nullptr) return;
    if (!given->isString()) reject(name, "a string");
    setting = given->asString();
  }

  void value(const char* name, RateFigures& setting) {
    std::vector<int> pair{setting.quarter_hour, setting.day};
    value(name, pair);
    if (pair.size() != 2) reject(name, "two integers: per quarter hour and per day");
    setting = {pair[0], pair[1]};
  }

  void value(const char* name, std::vector<int>& setting) {
    const Json::Value* given = take(name);
    if (given == nullptr) return;
    if (!given->isArray()) reject(name, "a list of integers");
    std::vector<int> numbers;
    for (const Json::Value& number : *given) {
      if (!number.isInt()) reject(name, "a list of integers");
      numbers.push_back(number.asInt());
    }
    setting = numbers;
  }

  template <class Enumeration>
  void choice(const char* name, Enumeration& setting, Names names) {
    const Json::Value* given = take(name);
    if (given == nullptr) return;
    const std::string wanted = given->isString() ? given->asString() : "";
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end()) reject(name, "one of " + joined(names));
    setting = static_cast<Enumeration>(found - names.begin());
  }

  const Json::Value& left() const { return left_; }

 private:
  const Json::Value* take(const char* name) {
    return left_.removeMember(name, &taken_) ? &taken_ : nullptr;
  }

  static std::string joined(Names names) {
    std::string text;
    for (const std::string_view name : names)
      text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
  }

  [[noreturn]] static void reject(const std::string& name, const std::string& wanted) {
    throw InvalidSwitch(name + " must be " + wanted);
  }

  Json::Value left_;
  Json::Value taken_;
};

void set_mode_2027(Switches& switches, bool on) {
  switches.api_with_prefix = !on;
  switches.api_without_prefix = on;
  switches.tokens_only_in_header = on;
  switches.deauthorize_retired = on;
}

}  // namespace

Json::Value Switches::to_json() const {
  JsonWriter writer;
  visit_switches(*this, writer);
  writer.json_["mode_2027"] =
      !api_with_prefix && api_without_prefix && tokens_only_in_header && deauthorize_retired;
  return writer.json_;
}

void Switches::apply(const Json::Value& changes) {
  if (!changes.isObject()) throw InvalidSwitch("the switches to change must be a JSON object");
  Switches changed = *this;
  Json::Value rest = changes;
  Json::Value mode_2027;
  if (rest.removeMember("mode_2027", &mode_2027)) {
    if (!mode_2027.isBool()) throw InvalidSwitch("mode_2027 must be true or false");
    set_mode_2027(changed, mode_2027.asBool());
  }
  JsonReader reader(rest);
  visit_switches(changed, reader);
  if (!reader.left().empty()) {
    std::string names;
    for (const std::string& name : to_json().getMemberNames()) names += " " + name;
    throw InvalidSwitch("unknown switch " + reader.left().getMemberNames().front() +
                        "; there are:" + names);
  }
  *this = changed;
}

OAuthRules Switches::oauth_rules() const {
  return {std::chrono::seconds(oauth_code_seconds),
          std::chrono::seconds(oauth_access_token_seconds), oauth_rotation};
}

EventForm Switches::event_form() const {
  return {event_updates, event_private_boolean, event_unknown_keys, event_shuffled_keys};
}

}  // namespace hookspool::strava_sim
