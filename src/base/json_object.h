#pragma once

#include <rapidjson/document.h>

#include <array>
#include <optional>
#include <string_view>

namespace hookspool {

/// One JSON object, read for the receiver, which does this for every event: it costs a few
/// microseconds, hardly any allocation, and no shared library (docs/design-notes.md). Where neither
/// matters jsoncpp reads JSON.
class JsonObject {
 public:
  /// Reads `text`, strictly by RFC 8259, and neither with a byte order mark in front nor with a
  /// name that stands twice in one object, nor nested deeper than 16, nor with more than 1,024
  /// values, nor with a number beyond the range of a double. Ill-formed UTF-8 passes.
  explicit JsonObject(std::string_view text);
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  /// Why the text is no such object, to follow its name: "is not JSON". Empty if it is one; find()
  /// finds nothing otherwise.
  std::string_view fault() const { return fault_; }

  /// The value of a member, as long as this lives; nullptr if there is none of that name.
  const rapidjson::Value* find(std::string_view name) const;

  /// The text of a member, as long as this lives; nothing if it is missing or no string.
  std::optional<std::string_view> text(std::string_view name) const;

 private:
  /// Enough for any event of Strava's; for more the allocator goes to the heap.
  std::array<char, 2048> memory_;
  rapidjson::MemoryPoolAllocator<> allocator_{memory_.data(), memory_.size()};
  rapidjson::Document document_{&allocator_};
  std::string_view fault_;
};

/// The text of a JSON string. \pre value.IsString()
std::string_view text_of(const rapidjson::Value& value);

}  // namespace hookspool
