#include "strava_sim/json_text.h"

#include <memory>
#include <sstream>

namespace hookspool::strava_sim {

namespace {

Json::StreamWriterBuilder writer_settings() {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  builder["emitUTF8"] = true;
  builder["precision"] = 10;
  return builder;
}

}  // namespace

std::string to_text(const Json::Value& value) {
  static const Json::StreamWriterBuilder builder = writer_settings();
  return Json::writeString(builder, value);
}

std::optional<Json::Value> parse_json(const std::string& text) {
  static const Json::CharReaderBuilder builder = [] {
    Json::CharReaderBuilder strict;
    Json::CharReaderBuilder::strictMode(&strict.settings_);
    strict["strictRoot"] = false;
    return strict;
  }();
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  Json::Value value;
  if (!reader->parse(text.data(), text.data() + text.size(), &value, nullptr)) return std::nullopt;
  return value;
}

Json::Value empty_object() {
  return Json::Value(Json::objectValue);
}
Json::Value empty_array() {
  return Json::Value(Json::arrayValue);
}

}  // namespace hookspool::strava_sim
