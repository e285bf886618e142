#include "base/json_string.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json_object.h"

namespace hookspool {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonString, EscapesWhatHasToBeAndLeavesTheRestReadable) {
  EXPECT_EQ(written(""), R"("")");
  EXPECT_EQ(written("Größe 5 🏃 </script>"), "\"Größe 5 🏃 </script>\"");
  EXPECT_EQ(written("a\"b\\c\nd\x7F\x1F"), R"("a\"b\\c\nd\u007f\u001f")");
}

TEST(JsonString, IsReadAsWhatWasWritten) {
  std::string text;
  for (int byte = 0; byte < 0x80; ++byte) text.push_back(static_cast<char>(byte));
  EXPECT_EQ(JsonObject("{\"a\":" + written(text) + "}").text("a"), text);
}

}  // namespace
}  // namespace hookspool
