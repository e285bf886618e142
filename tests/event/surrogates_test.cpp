#include "event/surrogates.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hookspool::event {
namespace {

TEST(Surrogates, StayWhereTheyAreInPairs) {
  for (const char* text : {"", "plain", R"(\ud83d\udeb4)", R"(\uD83D\uDEB4\ud83d\udeb4)",
                           R"(\u00e9\ufffd\ud7ff\ue000)", R"(\\ud83d)", R"(\\\\udeb4)", R"(\ud83)",
                           R"(\ud83x)", R"(\)", R"(\u)", R"(\u-d83)"}) {
    EXPECT_FALSE(with_surrogates_mended(text)) << text;
  }
}

TEST(Surrogates, AreReplacedWithoutTheOtherHalf) {
  const std::vector<std::pair<std::string, std::string>> texts{
      {R"(cut \ud83d)", R"(cut \ufffd)"},
      {R"(\udeb4 cut)", R"(\ufffd cut)"},
      {R"(\udeb4\ud83d)", R"(\ufffd\ufffd)"},
      {R"(\ud83d\ud83d\udeb4)", R"(\ufffd\ud83d\udeb4)"},
      {R"(\uD83D\udeb4\uDEB4)", R"(\uD83D\udeb4\ufffd)"},
      {R"(\ud83d\u0041)", R"(\ufffd\u0041)"},
      {R"(\ud83d\n)", R"(\ufffd\n)"},
      {R"(\\\ud83d)", R"(\\\ufffd)"},
  };
  for (const auto& [text, mended] : texts) EXPECT_EQ(with_surrogates_mended(text), mended) << text;
}

}  // namespace
}  // namespace hookspool::event
