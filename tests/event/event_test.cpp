#include "event/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hookspool::event {
namespace {

using testing::HasSubstr;
using Updates = std::vector<Update>;

/// Strava's example of https://developers.strava.com/docs/webhooks/.
const std::string kUpdate =
    R"({"aspect_type":"update","event_time":1516126040,"object_id":1360128428,)"
    R"("object_type":"activity","owner_id":134815,"subscription_id":120475,)"
    R"("updates":{"title":"Messy"}})";
/// Really received in 2018.
const std::string kCreate =
    R"({"aspect_type":"create","event_time":1522986611,"object_id":1491968222,)"
    R"("object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";
const std::string kDelete =
    R"({"aspect_type":"delete","event_time":1516126040,"object_id":1360128428,)"
    R"("object_type":"activity","owner_id":134815,"subscription_id":120475,"updates":{}})";
const std::string kDeauthorization =
    R"({"aspect_type":"update","event_time":1516126040,"object_id":134815,)"
    R"("object_type":"athlete","owner_id":134815,"subscription_id":120475,)"
    R"("updates":{"authorized":"false"}})";

/// `text` with its only `what` replaced.
std::string with(std::string text, const std::string& what, const std::string& replacement) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) throw std::logic_error(what + " is not in " + text);
  return text.replace(at, what.size(), replacement);
}

/// An event with `extra`, one or more members, at its end.
std::string with_member(const std::string& extra) {
  return kCreate.substr(0, kCreate.size() - 1) + "," + extra + "}";
}

Event read(const std::string& body) {
  auto parsed = parse(body);
  if (const auto* malformed = std::get_if<Malformed>(&parsed)) {
    ADD_FAILURE() << malformed->reason << ": " << body;
    return {};
  }
  return std::get<Event>(std::move(parsed));
}

/// Why the body is refused; empty if it is not.
std::string refusal(const std::string& body) {
  const auto parsed = parse(body);
  const auto* malformed = std::get_if<Malformed>(&parsed);
  return malformed == nullptr ? "" : malformed->reason;
}

TEST(Event, ReadsStravasExampleOfAnUpdate) {
  const Event event = read(kUpdate);

  EXPECT_EQ(event.kind, Kind::kActivityUpdate);
  EXPECT_EQ(event.object_type, "activity");
  EXPECT_EQ(event.aspect_type, "update");
  EXPECT_EQ(event.object_id, 1360128428);
  EXPECT_EQ(event.owner_id, AthleteId{134815});
  EXPECT_EQ(event.subscription_id, SubscriptionId{120475});
  EXPECT_EQ(event.event_time, std::chrono::sys_seconds(std::chrono::seconds(1516126040)));
  EXPECT_EQ(event.updates, (Updates{{"title", "Messy"}}));
}

TEST(Event, ReadsARealCreateWithEmptyUpdates) {
  const Event event = read(kCreate);

  EXPECT_EQ(event.kind, Kind::kActivityCreate);
  EXPECT_EQ(event.object_id, 1491968222);
  EXPECT_EQ(event.owner_id, AthleteId{28004310});
  EXPECT_TRUE(event.updates.empty());
}

TEST(Event, ReadsADelete) {
  EXPECT_EQ(read(kDelete).kind, Kind::kActivityDelete);
}

TEST(Event, ReadsADeauthorization) {
  const Event event = read(kDeauthorization);

  EXPECT_EQ(event.kind, Kind::kAthleteDeauthorize);
  EXPECT_EQ(event.object_id, 134815);
}

struct KindCase {
  const char* object_type;
  const char* aspect_type;
  const char* updates;
  Kind kind;
};

class EventKind : public testing::TestWithParam<KindCase> {};

TEST_P(EventKind, FollowsFromObjectAspectAndUpdates) {
  const auto& [object_type, aspect_type, updates, kind] = GetParam();
  const std::string body = std::string(R"({"object_type":")") + object_type +
                           R"(","aspect_type":")" + aspect_type + R"(","updates":)" + updates +
                           R"(,"object_id":1,"owner_id":2,"event_time":3})";

  EXPECT_EQ(read(body).kind, kind) << body;
}

INSTANTIATE_TEST_SUITE_P(
    EveryCombination, EventKind,
    testing::Values(
        KindCase{"activity", "create", "{}", Kind::kActivityCreate},
        KindCase{"activity", "update", "{}", Kind::kActivityUpdate},
        KindCase{"activity", "delete", "{}", Kind::kActivityDelete},
        KindCase{"activity", "archive", "{}", Kind::kUnknown},
        KindCase{"activity", "", "{}", Kind::kUnknown},
        KindCase{"activity", "Create", "{}", Kind::kUnknown},
        KindCase{"activity\\u0000", "create", "{}", Kind::kUnknown},
        KindCase{"activity", "update", R"({"authorized":"false"})", Kind::kActivityUpdate},
        KindCase{"athlete", "update", R"({"authorized":"false"})", Kind::kAthleteDeauthorize},
        KindCase{"athlete", "update", R"({"authorized":false})", Kind::kAthleteDeauthorize},
        KindCase{"athlete", "update", R"({"authorized":"true"})", Kind::kUnknown},
        KindCase{"athlete", "update", R"({"authorized":true})", Kind::kUnknown},
        KindCase{"athlete", "update", R"({"authorized":0})", Kind::kUnknown},
        KindCase{"athlete", "update", R"({"authorized":null})", Kind::kUnknown},
        KindCase{"athlete", "update", R"({"authorized":{}})", Kind::kUnknown},
        KindCase{"athlete", "update", "{}", Kind::kUnknown},
        KindCase{"athlete", "delete", "{}", Kind::kAthleteDeauthorize},
        KindCase{"athlete", "create", "{}", Kind::kUnknown},
        KindCase{"segment", "create", "{}", Kind::kUnknown},
        KindCase{"", "", "{}", Kind::kUnknown}));

TEST(Event, NamesEachKindAsTheAcceptFilterDoes) {
  for (const char* name :
       {"activity.create", "activity.update", "activity.delete", "athlete.deauthorize"}) {
    ASSERT_TRUE(kind_named(name)) << name;
    EXPECT_EQ(name_of(*kind_named(name)), name);
  }
  EXPECT_EQ(name_of(Kind::kUnknown), "unknown");
  for (const char* name : {"unknown", "", "activity", "activity.", "Activity.create",
                           "activity.create ", "athlete.update"}) {
    EXPECT_FALSE(kind_named(name)) << name;
  }
}

TEST(Event, TakesUpdatesThatAreMissingOrNullForEmptyOnes) {
  for (const std::string& body :
       {with(kCreate, R"(,"updates":{})", ""), with(kCreate, "{}", "null")}) {
    EXPECT_TRUE(read(body).updates.empty()) << body;
  }
}

TEST(Event, TakesATruthValueWithAndWithoutQuotes) {
  for (const bool value : {true, false}) {
    const std::string word = value ? "true" : "false";
    for (const std::string& written : {word, '"' + word + '"'}) {
      const Event event = read(with(kCreate, "{}", R"({"private":)" + written + "}"));
      EXPECT_TRUE(updates_to(event, "private", value)) << written;
      EXPECT_FALSE(updates_to(event, "private", !value)) << written;
      EXPECT_FALSE(updates_to(event, "authorized", value)) << written;
    }
  }
  for (const char* other : {"null", "0", "1", "[]", "{}", R"("True")", R"("")"}) {
    const Event event = read(with(kCreate, "{}", std::string(R"({"private":)") + other + "}"));
    EXPECT_FALSE(updates_to(event, "private", true) || updates_to(event, "private", false))
        << other;
  }
}

TEST(Event, TellsOfUpdatesThatItDoesNotKnow) {
  const Event event =
      read(with(kCreate, "{}", R"({"sport_type":"GravelRide","photos":[1,{"a":null}],"n":7})"));

  EXPECT_EQ(event.updates, (Updates{{"sport_type", "GravelRide"},
                                    {"photos", std::monostate{}},
                                    {"n", std::monostate{}}}));
}

TEST(Event, PassesOverMembersThatItDoesNotKnow) {
  const Event event = read(with_member(R"("webhook_version":2,"extra":{"a":[1.5,null,"x"]})"));

  EXPECT_EQ(event.object_id, 1491968222);
  EXPECT_TRUE(event.updates.empty());
}

TEST(Event, TakesASubscriptionIdThatIsAStringMissingOrNull) {
  EXPECT_EQ(read(with(kCreate, "122449", R"("122449")")).subscription_id, SubscriptionId{122449});
  EXPECT_EQ(read(with(kCreate, R"("subscription_id":122449,)", "")).subscription_id, std::nullopt);
  EXPECT_EQ(read(with(kCreate, "122449", "null")).subscription_id, std::nullopt);
}

TEST(Event, TakesItsMembersInAnyOrderAndWithWhiteSpace) {
  const Event event = read(
      "\r\n\t {\"updates\" : { } ,\n\t\"subscription_id\":122449, \"owner_id\":28004310,"
      "\"object_type\":\"activity\",\r\n\"object_id\":1491968222,\"event_time\":1522986611,"
      "\"aspect_type\":\"create\"}\n");

  EXPECT_EQ(event.kind, Kind::kActivityCreate);
  EXPECT_EQ(event.object_id, 1491968222);
}

TEST(Event, TakesAnyUnicodeInATitle) {
  const std::vector<std::pair<std::string, std::string>> titles{
      {"", ""},
      {"Größe 5 km – morgens", "Größe 5 km – morgens"},
      {"朝のラン 🏃‍♀️", "朝のラン 🏃‍♀️"},
      {"\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
       "\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
      {"\x7F", "\x7F"},
      {R"(\ud83c\udfc3)", "🏃"},
      {R"(\u00e9\uFFFF)", "é\xEF\xBF\xBF"},
      {R"(cut off \ud83d)", "cut off \uFFFD"},
      {R"(\udeb4 cut off)", "\uFFFD cut off"},
      {R"(\ud83d\ud83d\udeb4)", "\uFFFD🚴"},
      {R"(a\"\\\/\b\f\n\r\tb)", "a\"\\/\b\f\n\r\tb"},
      {R"(\u0000)", std::string(1, '\0')},
      {"\u2028 \u202E rtl", "\u2028 \u202E rtl"},
      {"</script><!-- ' ; DROP TABLE --", "</script><!-- ' ; DROP TABLE --"},
  };
  for (const auto& [written, meant] : titles) {
    const Event event = read(with(kCreate, "{}", R"({"title":")" + written + R"("})"));
    EXPECT_EQ(event.updates, (Updates{{"title", meant}})) << written;
  }
}

TEST(Event, KeepsIdsOfUpTo63BitsExactly) {
  for (const std::int64_t id :
       {std::int64_t{1}, (std::int64_t{1} << 31) - 1, std::int64_t{1} << 31, std::int64_t{1} << 32,
        // The first integers that a double cannot hold.
        (std::int64_t{1} << 53) + 1, INT64_MAX - 1, INT64_MAX}) {
    EXPECT_EQ(read(with(kCreate, "1491968222", std::to_string(id))).object_id, id);
    EXPECT_EQ(read(with(kCreate, "28004310", std::to_string(id))).owner_id, AthleteId{id});
    EXPECT_EQ(read(with(kCreate, "122449", std::to_string(id))).subscription_id,
              SubscriptionId{id});
  }
}

class EventId : public testing::TestWithParam<const char*> {};

TEST_P(EventId, IsRefusedUnlessItIsAPositive64BitInteger) {
  const std::string value = GetParam();

  EXPECT_NE(refusal(with(kCreate, "1491968222", value)), "");
  EXPECT_NE(refusal(with(kCreate, "28004310", value)), "");
  if (value != "null") {
    EXPECT_NE(refusal(with(kCreate, "122449", value)), "");
  }
  EXPECT_NE(refusal(with(kCreate, "1522986611", value)), "");
}

INSTANTIATE_TEST_SUITE_P(
    EveryWrongForm, EventId,
    testing::Values("0", "-0", "-1", "1.0", "1.5", "1e3", "1E3", "1e0", "0.0", "-1.0",
                    "9223372036854775808", "9223372036854775809", "18446744073709551615",
                    "18446744073709551616", "-9223372036854775809", "1e19", "1e400", "-1e400",
                    "123456789012345678901234567890123456789012345678901234567890", "[]", "[1]",
                    "{}", R"({"id":1})", "true", "false", "null", R"("")", R"("x")", R"("1x")",
                    R"(" 1")", R"("1 ")", R"("+1")", R"("-1")", R"("0")", R"("0x10")", R"("1.0")",
                    R"("9223372036854775808")", "NaN", "Infinity", "-Infinity", "0x10", "+1", "1_0",
                    "'1'", "", "1 2"));

TEST(Event, RefusesObjectAndOwnerIdsThatAreStrings) {
  EXPECT_THAT(refusal(with(kCreate, "1491968222", R"("1491968222")")), HasSubstr("object_id"));
  EXPECT_THAT(refusal(with(kCreate, "28004310", R"("28004310")")), HasSubstr("owner_id"));
  EXPECT_THAT(refusal(with(kCreate, "1522986611", R"("1522986611")")), HasSubstr("event_time"));
}

TEST(Event, RefusesAnEventTimeThatIsNotInSeconds) {
  EXPECT_EQ(refusal(with(kCreate, "1522986611", "253402300799")), "");
  EXPECT_THAT(refusal(with(kCreate, "1522986611", "253402300800")), HasSubstr("event_time"));
  EXPECT_THAT(refusal(with(kCreate, "1522986611", "1522986611000000")), HasSubstr("event_time"));
}

TEST(Event, RefusesAMissingMemberByName) {
  const std::vector<std::pair<std::string, std::string>> members{
      {R"("aspect_type":"create",)", "aspect_type"},
      {R"("event_time":1522986611,)", "event_time"},
      {R"("object_id":1491968222,)", "object_id"},
      {R"("object_type":"activity",)", "object_type"},
      {R"("owner_id":28004310,)", "owner_id"}};
  for (const auto& [member, name] : members) {
    EXPECT_THAT(refusal(with(kCreate, member, "")), HasSubstr(name));
  }
}

TEST(Event, RefusesTypesThatAreNoStrings) {
  for (const char* value : {"1", "null", "true", "[]", "{}", R"(["activity"])"}) {
    EXPECT_THAT(refusal(with(kCreate, R"("activity")", value)), HasSubstr("object_type"));
    EXPECT_THAT(refusal(with(kCreate, R"("create")", value)), HasSubstr("aspect_type"));
  }
}

TEST(Event, RefusesUpdatesThatAreNoObject) {
  for (const char* value : {"1", "true", "[]", R"("{}")"}) {
    EXPECT_THAT(refusal(with(kCreate, "{}", value)), HasSubstr("updates")) << value;
  }
}

TEST(Event, RefusesEveryProperPrefixOfAnEvent) {
  for (const std::string* body : {&kUpdate, &kCreate, &kDelete, &kDeauthorization}) {
    for (std::size_t length = 0; length < body->size(); ++length) {
      EXPECT_NE(refusal(body->substr(0, length)), "") << body->substr(0, length);
    }
  }
}

TEST(Event, RefusesEveryProperSuffixOfAnEvent) {
  for (std::size_t from = 1; from <= kUpdate.size(); ++from) {
    EXPECT_NE(refusal(kUpdate.substr(from)), "") << kUpdate.substr(from);
  }
}

class NotAnEvent : public testing::TestWithParam<std::string> {};

TEST_P(NotAnEvent, IsRefused) {
  EXPECT_NE(refusal(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(Empty, NotAnEvent,
                         testing::Values("", " ", "\n", "{}", "[]", "null", "true", "1", "\"\"",
                                         "nonsense", "a=b&c=d", "<event/>"));

INSTANTIATE_TEST_SUITE_P(MoreThanOneObject, NotAnEvent,
                         testing::Values(kCreate + kCreate, kCreate + "\n" + kCreate, kCreate + "x",
                                         kCreate + "}", kCreate + ",", kCreate + "// comment",
                                         kCreate + std::string(1, '\0'), "[" + kCreate + "]"));

INSTANTIATE_TEST_SUITE_P(
    LooseSyntax, NotAnEvent,
    testing::Values("/* comment */" + kCreate, with(kCreate, "\"updates\"", "updates"),
                    with(kCreate, "\"activity\"", "'activity'"), with_member("\"a\":1,"),
                    with_member(""), with_member("\"a\":[1,]"), with_member("\"a\":[,1]"),
                    with_member("\"a\":"), with_member("\"a\""), with_member("\"a\":NaN"),
                    with_member("\"a\":-Infinity"), with_member("\"a\":tru"),
                    with_member("\"a\":\"\\x41\""), with_member("\"a\":\"\\u12\""),
                    with_member("1:2"), with(kCreate, ",\"updates\"", " \"updates\"")));

INSTANTIATE_TEST_SUITE_P(
    DuplicateKeys, NotAnEvent,
    testing::Values(with_member(R"("object_id":1491968222)"), with_member(R"("object_id":666)"),
                    with_member(R"("updates":{})"), with_member(R"("x":1,"x":2)"),
                    with_member(R"("object\u005fid":666)"),
                    with(kCreate, "{}", R"({"authorized":"true","authorized":"false"})")));

INSTANTIATE_TEST_SUITE_P(ByteOrderMark, NotAnEvent,
                         testing::Values("\xEF\xBB\xBF" + kCreate,
                                         std::string("\xFF\xFE{\0}\0", 6)));

INSTANTIATE_TEST_SUITE_P(
    RawControlCharacters, NotAnEvent,
    testing::Values(with(kUpdate, "Messy", std::string(1, '\0')), with(kUpdate, "Messy", "\x01"),
                    with(kUpdate, "Messy", "\x08"), with(kUpdate, "Messy", "\x0B"),
                    with(kUpdate, "Messy", "\x0C"), with(kUpdate, "Messy", "\x1B[31m"),
                    with(kUpdate, "Messy", "\x1F"), std::string(1, '\0') + kUpdate,
                    "\x0C" + kUpdate));

class NotUtf8InATitle : public testing::TestWithParam<const char*> {};

TEST_P(NotUtf8InATitle, IsRefused) {
  EXPECT_EQ(refusal(with(kUpdate, "Messy", GetParam())), "the body is not valid UTF-8");
}

INSTANTIATE_TEST_SUITE_P(EveryClass, NotUtf8InATitle,
                         testing::Values("\x80", "\xBF", "\xC3", "\xC0\xAF", "\xE2\x82",
                                         "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
                                         "\xF8\x88\x80\x80\x80", "\xFE", "\xFF", "M\xFCnchen"));

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(Event, TakesAsMuchNestingAsUpdatesMayEverHave) {
  EXPECT_EQ(refusal(with_member("\"a\":" + repeated("[", 8) + repeated("]", 8))), "");
}

TEST(Event, RefusesDeepNestingWithoutFollowingIt) {
  for (const std::size_t depth : {17UL, 100UL, 1'000UL, 100'000UL, 1'000'000UL}) {
    for (const auto& [open, close] :
         std::vector<std::pair<std::string, std::string>>{{"[", "]"}, {"{\"a\":", "}"}}) {
      const std::string closed = repeated(open, depth) + "1" + repeated(close, depth);
      const std::string unclosed = repeated(open, depth);
      const std::clock_t begin = std::clock();
      EXPECT_NE(refusal(closed), "");
      EXPECT_NE(refusal(unclosed), "");
      EXPECT_NE(refusal(with_member("\"deep\":" + closed)), "");
      EXPECT_NE(refusal(with(kCreate, "{}", "{\"deep\":" + closed + "}")), "");
      EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC) << depth;
    }
  }
  EXPECT_EQ(read(kCreate).object_id, 1491968222);
}

TEST(Event, NeitherFollowsNorTrustsNumbersOfAMillionDigits) {
  EXPECT_NE(refusal(with(kCreate, "1491968222", repeated("9", 1'000'000))), "");
  EXPECT_NE(refusal(with(kCreate, "1491968222", "1." + repeated("0", 1'000'000))), "");
}

TEST(Event, SaysWhyInAShortClauseWithoutTheBody) {
  EXPECT_EQ(refusal("secret nonsense"), "the body is not JSON");
  EXPECT_EQ(refusal("[]"), "the body is not a JSON object");
  EXPECT_EQ(refusal(with(kCreate, "1491968222", "1.0")), "object_id is not a 64-bit integer");
  EXPECT_EQ(refusal(with(kCreate, "28004310", "0")), "owner_id is not positive");
}

TEST(Event, IsReadByManyThreadsAtOnce) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 1; i <= 500; ++i) {
        const std::int64_t id = thread * 1000 + i;
        EXPECT_EQ(read(with(kCreate, "1491968222", std::to_string(id))).object_id, id);
        EXPECT_NE(refusal(repeated("[", 50)), "");
      }
    });
  }
}

}  // namespace
}  // namespace hookspool::event
