#include "strava/printable_text.h"

#include <gtest/gtest.h>

#include <string>

namespace hookspool::strava {
namespace {

TEST(PrintableText, LeavesWhatPeopleWriteAsItIs) {
  const std::string text = "Café → Straße, 東京 🚴 \\ ` <b>&amp;";
  EXPECT_EQ(printable(text), text);
}

TEST(PrintableText, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("\x1b[2Jx"), "?[2Jx");
  EXPECT_EQ(printable("a\nb\rc\td\x7f"), "a?b?c?d?");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "?2J");  // U+009B, CSI in one character
  EXPECT_EQ(printable("a\xe2\x80\xa8"
                      "b"),
            "a?b");  // U+2028, line separator
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "txt.exe"),
            "?txt.exe");  // U+202E, right to left
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a?b");
}

TEST(PrintableText, ReplacesWhatIsNoUtf8ByteByByte) {
  EXPECT_EQ(printable("a\xff\xfe"), "a??");
  EXPECT_EQ(printable("\xe2\x82"), "??");
  EXPECT_EQ(printable("\xe2\x82zzz"), "??zzz");
}

TEST(PrintableText, IsCutBetweenCharacters) {
  EXPECT_EQ(printable("short", 5), "short");
  EXPECT_EQ(printable("longer", 5), "lo…");
  EXPECT_EQ(printable("ééééé", 8), "éé…");
  EXPECT_EQ(printable("éé", 3), "…");
}

}  // namespace
}  // namespace hookspool::strava
