#include "event/authorization.h"

#include <json/reader.h>
#include <json/value.h>
#include <json/writer.h>

#include <memory>

namespace hookspool::event {
namespace {

constexpr const char* kObjectType = "hookspool.authorization";

std::optional<std::string> text_member(const Json::Value& object, const char* name) {
  const Json::Value& member = object[name];
  if (!member.isString()) return std::nullopt;
  return member.asString();
}

}  // namespace

std::string to_body(const Authorization& authorization) {
  Json::Value object;
  object["object_type"] = kObjectType;
  object["state"] = authorization.state;
  object["code"] = authorization.code.reveal();
  object["scope"] = authorization.scope;
  object["error"] = authorization.error;
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, object);
}

std::optional<Authorization> parse_authorization(std::string_view body) {
  // Spares all events, which are many, the parsing.
  if (body.find(kObjectType) == std::string_view::npos) return std::nullopt;
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value object;
  try {
    if (!reader->parse(body.data(), body.data() + body.size(), &object, nullptr)) {
      return std::nullopt;
    }
  } catch (const Json::Exception&) {
    return std::nullopt;
  }
  if (!object.isObject() || object["object_type"] != kObjectType) return std::nullopt;
  // An event that somebody posted with our object_type.
  if (object.isMember("object_id")) return std::nullopt;
  const auto state = text_member(object, "state");
  const auto code = text_member(object, "code");
  const auto scope = text_member(object, "scope");
  const auto error = text_member(object, "error");
  if (!state || !code || !scope || !error) return std::nullopt;
  return Authorization{*state, Secret(*code), *scope, *error};
}

}  // namespace hookspool::event
