#include "ctl/date_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

struct Case {
  const char* text;
  const char* moment;
};

TEST(DateText, IsUnderstoodAsPeopleWriteIt) {
  const Timestamp now = from_rfc3339("2026-11-24T10:20:30Z");
  for (const Case& date : {Case{"2026-11-03", "2026-11-03T00:00:00Z"},
                           {"2026-3-1", "2026-03-01T00:00:00Z"},
                           {"2026-11", "2026-11-01T00:00:00Z"},
                           {"2019", "2019-01-01T00:00:00Z"},
                           {"2026-11-03 14:30", "2026-11-03T14:30:00Z"},
                           {"2026-11-03T14:30:05Z", "2026-11-03T14:30:05Z"},
                           {"2026-11-03T14:30+02:00", "2026-11-03T12:30:00Z"},
                           {"2026-11-03 23:30:00 -0530", "2026-11-04T05:00:00Z"},
                           {"2026-11-03T14:30:05.123456Z", "2026-11-03T14:30:05Z"},
                           {"2026-11-03t14:30z", "2026-11-03T14:30:00Z"},
                           {"2026/11/03", "2026-11-03T00:00:00Z"},
                           {"2026/11/03 14:30", "2026-11-03T14:30:00Z"},
                           {"3.11.2026", "2026-11-03T00:00:00Z"},
                           {"03. 11. 2026", "2026-11-03T00:00:00Z"},
                           {"3 Nov 2024", "2024-11-03T00:00:00Z"},
                           {"3 november 2024", "2024-11-03T00:00:00Z"},
                           {"Nov 3, 2024", "2024-11-03T00:00:00Z"},
                           {"NOVEMBER 3 2024", "2024-11-03T00:00:00Z"},
                           {"3 Nov 2024 14:30 +01:00", "2024-11-03T13:30:00Z"},
                           {"November 2024", "2024-11-01T00:00:00Z"},
                           {"may 2024", "2024-05-01T00:00:00Z"},
                           {"Today", "2026-11-24T00:00:00Z"},
                           {"Yesterday", "2026-11-23T00:00:00Z"},
                           {"last week", "2026-11-17T00:00:00Z"},
                           {"last year", "2025-11-24T00:00:00Z"},
                           {"2 Weeks Ago", "2026-11-10T10:20:30Z"},
                           {"today", "2026-11-24T00:00:00Z"},
                           {"yesterday", "2026-11-23T00:00:00Z"},
                           {"now", "2026-11-24T10:20:30Z"},
                           {"90m", "2026-11-24T08:50:30Z"},
                           {"36h", "2026-11-22T22:20:30Z"},
                           {"7d", "2026-11-17T10:20:30Z"},
                           {"2 weeks ago", "2026-11-10T10:20:30Z"},
                           {"1 day ago", "2026-11-23T10:20:30Z"}}) {
    EXPECT_EQ(to_rfc3339_seconds(parse_date(date.text, now)), date.moment) << date.text;
  }
}

TEST(DateText, IsRefusedWhereItCouldMeanAnything) {
  for (const char* text : {"",
                           "3/11/2026",
                           "11-03",
                           "tomorrow",
                           "2026-13-01",
                           "2026-02-30",
                           "2026-11-03 25:00",
                           "7 parsecs",
                           "1969",
                           "-7d",
                           "32.1.2026",
                           "2026-",
                           "2026-11-",
                           "3 Nov",
                           "Nov",
                           "Novembre 2024",
                           "31 Nov 2024",
                           "2026 14:30",
                           "Nov 2026 14:30",
                           "03.11.24",
                           "20261103",
                           "2026-11-03 14:30:05.",
                           "+2026-11-03"}) {
    EXPECT_THROW(parse_date(text, {}), Error) << text;
  }
}

TEST(DateText, IsUnderstoodAsJsonHasIt) {
  const Timestamp moment = from_rfc3339("2026-11-03T14:30:05.123456Z");
  EXPECT_EQ(parse_date(to_rfc3339(moment), {}), moment);
}

TEST(DateText, SaysWhatIsWrongWithSlashes) {
  try {
    parse_date("03/11/2024", {});
    FAIL() << "it could be a day in March";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("day and month"));
  }
}

}  // namespace
}  // namespace hookspool::ctl
