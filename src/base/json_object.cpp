#include "base/json_object.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <vector>

namespace hookspool {
namespace {

/// An event nests two deep; whatever is deeper is an attempt on somebody's stack.
constexpr int kDeepestNesting = 16;

/// Builds a document, in which a number is its integer or, for whatever else was written, not one.
/// RapidJSON is kept from making doubles: its arithmetic on exponents overflows (CVE-2024-38517),
/// and an id must not go through one.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(rapidjson::Document& document) : document_(document) {}

  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(text, text + length, integer);
    if (error == std::errc{} && end == text + length) return document_.Int64(integer);
    constexpr double kNoInteger = 0.5;
    return document_.Double(kNoInteger);
  }
  bool Null() { return document_.Null(); }
  bool Bool(bool value) { return document_.Bool(value); }
  bool String(const char* text, rapidjson::SizeType length, bool copy) {
    return document_.String(text, length, copy);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) {
    return document_.Key(text, length, copy);
  }
  bool StartObject() { return document_.StartObject(); }
  bool EndObject(rapidjson::SizeType members) { return document_.EndObject(members); }
  bool StartArray() { return document_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) { return document_.EndArray(elements); }

 private:
  rapidjson::Document& document_;
};

bool names_are_unique(const rapidjson::Value& object) {
  std::vector<std::string_view> names;
  names.reserve(object.MemberCount());
  for (const auto& member : object.GetObject()) names.push_back(text_of(member.name));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

/// What RapidJSON lets pass; empty if there is nothing of that in a value, `levels` of which may be
/// nested.
std::string_view fault_in(const rapidjson::Value& value, int levels) {
  constexpr std::string_view kTooDeep = "is nested too deeply";
  if (value.IsArray()) {
    if (levels == 0) return kTooDeep;
    for (const rapidjson::Value& element : value.GetArray()) {
      const std::string_view fault = fault_in(element, levels - 1);
      if (!fault.empty()) return fault;
    }
  }
  if (value.IsObject()) {
    if (levels == 0) return kTooDeep;
    if (!names_are_unique(value)) return "names a member twice";
    for (const auto& member : value.GetObject()) {
      const std::string_view fault = fault_in(member.value, levels - 1);
      if (!fault.empty()) return fault;
    }
  }
  return "";
}

}  // namespace

JsonObject::JsonObject(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  bool is_json = false;
  auto parse = [&](rapidjson::Document& document) {
    Builder builder(document);
    // Without recursion, so that nesting costs no stack.
    constexpr unsigned kFlags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    is_json = !reader.Parse<kFlags>(stream, builder).IsError();
    return is_json;
  };
  document_.Populate(parse);
  // RapidJSON takes a NUL for the end.
  if (!is_json || stream.Tell() != text.size()) {
    fault_ = "is not JSON";
  } else if (!document_.IsObject()) {
    fault_ = "is not a JSON object";
  } else {
    fault_ = fault_in(document_, kDeepestNesting);
  }
}

const rapidjson::Value* JsonObject::find(std::string_view name) const {
  if (!fault_.empty()) return nullptr;
  for (const auto& member : document_.GetObject()) {
    if (text_of(member.name) == name) return &member.value;
  }
  return nullptr;
}

std::optional<std::string_view> JsonObject::text(std::string_view name) const {
  const rapidjson::Value* value = find(name);
  if (value == nullptr || !value->IsString()) return std::nullopt;
  return text_of(*value);
}

std::string_view text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

}  // namespace hookspool
