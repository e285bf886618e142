#include "strava/json_body.h"

#include <json/reader.h>

#include <memory>

#include "event/surrogates.h"
#include "event/utf8.h"

namespace hookspool::strava {
namespace {

/// An activity nests some six deep. Without a limit a hostile body could end the parser's stack.
constexpr int kDeepestNesting = 64;

std::unique_ptr<Json::CharReader> make_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["stackLimit"] = kDeepestNesting;
  // Strava's slips are not ours to punish: the last of two equal keys counts.
  builder["rejectDupKeys"] = false;
  return std::unique_ptr<Json::CharReader>(builder.newCharReader());
}

}  // namespace

std::optional<Json::Value> parse_json(std::string_view body) {
  // jsoncpp passes ill-formed bytes through, and they would reach the store.
  if (!event::is_utf8(body)) return std::nullopt;
  // Of the same length, so that jsoncpp's offsets hold for `body`.
  const std::optional<std::string> mended = event::with_surrogates_mended(body);
  if (mended) body = *mended;
  Json::Value root;
  std::string errors;
  try {
    const auto reader = make_reader();
    if (!reader->parse(body.data(), body.data() + body.size(), &root, &errors)) return std::nullopt;
  } catch (const Json::Exception&) {
    return std::nullopt;  // nested too deeply
  }
  return root;
}

std::optional<std::int64_t> positive_integer(const Json::Value& value) {
  const bool integer = value.type() == Json::intValue || value.type() == Json::uintValue;
  if (!integer || !value.isInt64() || value.asInt64() <= 0) return std::nullopt;
  return value.asInt64();
}

std::optional<std::string> string_member(const Json::Value& object, const char* name) {
  const Json::Value& member = object[name];
  if (!member.isString()) return std::nullopt;
  return member.asString();
}

}  // namespace hookspool::strava
