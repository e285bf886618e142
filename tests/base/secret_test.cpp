#include "base/secret.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hookspool {
namespace {

/// Short enough to lie within the std::string itself, and too long for that.
const std::string kShort = "s3cret";
const std::string kLong = "a-token-that-is-far-too-long-to-lie-within-a-string-object";

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, PrintsNowhereByAccident) {
  EXPECT_FALSE(Printable<Secret>);
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string_view>));
  EXPECT_FALSE((std::is_convertible_v<std::string, Secret>)) << "nor does a text become one";
}

TEST(Secret, RevealsItsTextOnRequest) {
  EXPECT_EQ(Secret(kShort).reveal(), kShort);
  EXPECT_EQ(Secret(kLong).reveal(), kLong);
  EXPECT_FALSE(Secret(kShort).empty());
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").empty());
}

TEST(Secret, IsCopiedWhole) {
  for (const std::string& text : {kShort, kLong}) {
    const Secret original(text);
    const Secret copy = original;  // NOLINT(performance-unnecessary-copy-initialization)
    Secret assigned("other");
    assigned = original;
    EXPECT_EQ(original.reveal(), text);
    EXPECT_EQ(copy.reveal(), text);
    EXPECT_EQ(assigned.reveal(), text);
  }
}

TEST(Secret, IsGoneFromWhereItWasMovedFrom) {
  for (const std::string& text : {kShort, kLong}) {
    Secret first(text);
    Secret second = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(second.reveal(), text);
    Secret third("other");
    third = std::move(second);
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(third.reveal(), text);
  }
}

TEST(Secret, SurvivesAssignmentToItself) {
  Secret secret(kLong);
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), kLong);
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), kLong);
}

/// Reads memory as it is, also that of an object which has ended.
bool holds(const volatile void* memory, std::size_t size, const std::string& text) {
  std::string bytes;
  const auto* begin = static_cast<const volatile char*>(memory);
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(begin[i]);
  return bytes.find(text) != std::string::npos;
}

TEST(Secret, LeavesNothingInTheMemoryOfAShortOne) {
  alignas(Secret) static unsigned char memory[sizeof(Secret)];
  auto* secret = new (memory) Secret(kShort);
  ASSERT_TRUE(holds(memory, sizeof memory, kShort));

  Secret moved = std::move(*secret);
  EXPECT_FALSE(holds(memory, sizeof memory, kShort)) << "after a move";

  *secret = moved;
  ASSERT_TRUE(holds(memory, sizeof memory, kShort));
  secret->~Secret();
  EXPECT_FALSE(holds(memory, sizeof memory, kShort)) << "after its end";
}

TEST(Secret, WipesItsBufferBeforeAnotherTextTakesItsPlace) {
  Secret secret(kLong);
  const char* const buffer = secret.reveal().data();
  secret = Secret("x");

  ASSERT_EQ(secret.reveal().data(), buffer) << "the buffer is still the string's";
  EXPECT_EQ(std::string(buffer, 1), "x");
  EXPECT_FALSE(holds(buffer, kLong.size(), kLong.substr(kLong.size() / 2)));
}

}  // namespace
}  // namespace hookspool
