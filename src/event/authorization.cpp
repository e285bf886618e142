#include "event/authorization.h"

#include "base/json_object.h"
#include "base/json_string.h"

namespace hookspool::event {
namespace {

constexpr std::string_view kObjectType = "hookspool.authorization";

}  // namespace

std::string to_body(const Authorization& authorization) {
  std::string body = R"({"object_type":)";
  append_json_string(body, kObjectType);
  body += R"(,"state":)";
  append_json_string(body, authorization.state);
  body += R"(,"code":)";
  append_json_string(body, authorization.code.reveal());
  body += R"(,"scope":)";
  append_json_string(body, authorization.scope);
  body += R"(,"error":)";
  append_json_string(body, authorization.error);
  return body.append("}");
}

std::optional<Authorization> parse_authorization(std::string_view body) {
  // Spares all events, which are many, the parsing.
  if (body.find(kObjectType) == std::string_view::npos) return std::nullopt;
  const JsonObject object(body);
  if (object.text("object_type") != kObjectType) return std::nullopt;
  // An event that somebody posted with our object_type.
  if (object.find("object_id") != nullptr) return std::nullopt;
  const auto state = object.text("state");
  const auto code = object.text("code");
  const auto scope = object.text("scope");
  const auto error = object.text("error");
  if (!state || !code || !scope || !error) return std::nullopt;
  return Authorization{std::string(*state), Secret(std::string(*code)), std::string(*scope),
                       std::string(*error)};
}

}  // namespace hookspool::event
