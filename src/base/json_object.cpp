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

/// An event has some ten; whatever has more than this is an attempt on somebody's time.
constexpr int kMostValues = 1024;

/// Builds a document, in which a number is its integer or, for whatever else was written, not one.
/// RapidJSON is kept from making doubles: its arithmetic on exponents overflows (CVE-2024-38517),
/// and an id must not go through one.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(rapidjson::Document& document) : document_(document) {}

  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (!takes_one_more()) return false;
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(text, text + length, integer);
    if (error == std::errc{} && end == text + length) return document_.Int64(integer);
    constexpr double kNoInteger = 0.5;
    return document_.Double(kNoInteger);
  }
  bool Null() { return takes_one_more() && document_.Null(); }
  bool Bool(bool value) { return takes_one_more() && document_.Bool(value); }
  bool String(const char* text, rapidjson::SizeType length, bool copy) {
    return takes_one_more() && document_.String(text, length, copy);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) {
    return document_.Key(text, length, copy);
  }
  bool StartObject() { return goes_deeper() && document_.StartObject(); }
  bool EndObject(rapidjson::SizeType members) {
    --levels_;
    return document_.EndObject(members);
  }
  bool StartArray() { return goes_deeper() && document_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) {
    --levels_;
    return document_.EndArray(elements);
  }

  // What was too deep or too much has ended the reading: thousands of levels or values would cost
  // as many allocations.
  bool is_too_deep() const { return levels_ > kDeepestNesting; }
  bool is_too_much() const { return values_ > kMostValues; }

 private:
  bool goes_deeper() {
    ++levels_;
    return !is_too_deep() && takes_one_more();
  }
  bool takes_one_more() {
    ++values_;
    return !is_too_much();
  }

  rapidjson::Document& document_;
  int levels_ = 0;
  int values_ = 0;
};

bool names_are_unique(const rapidjson::Value& object) {
  std::vector<std::string_view> names;
  names.reserve(object.MemberCount());
  for (const auto& member : object.GetObject()) names.push_back(text_of(member.name));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

/// RapidJSON lets it pass.
bool names_a_member_twice(const rapidjson::Value& value) {
  if (value.IsArray()) return std::ranges::any_of(value.GetArray(), names_a_member_twice);
  if (!value.IsObject()) return false;
  return !names_are_unique(value) || std::ranges::any_of(value.GetObject(), [](const auto& member) {
    return names_a_member_twice(member.value);
  });
}

}  // namespace

JsonObject::JsonObject(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  bool is_json = false;
  bool is_too_deep = false;
  bool is_too_much = false;
  auto parse = [&](rapidjson::Document& document) {
    Builder builder(document);
    // Without recursion, so that nesting costs no stack.
    constexpr unsigned kFlags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    is_json = !reader.Parse<kFlags>(stream, builder).IsError();
    is_too_deep = builder.is_too_deep();
    is_too_much = builder.is_too_much();
    return is_json;
  };
  document_.Populate(parse);
  // RapidJSON takes a NUL for the end.
  if (is_too_deep) {
    fault_ = "is nested too deeply";
  } else if (is_too_much) {
    fault_ = "has more values than any event";
  } else if (!is_json || stream.Tell() != text.size()) {
    fault_ = "is not JSON";
  } else if (!document_.IsObject()) {
    fault_ = "is not a JSON object";
  } else if (names_a_member_twice(document_)) {
    fault_ = "names a member twice";
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
