#include "strava_sim/faults.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {
namespace {

HttpRequest get(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  return request;
}

TEST(Faults, HitTheNextMatchingRequestsOnly) {
  Faults faults;
  faults.add(*parse_json(R"({"path_regex":"/activities/[0-9]+$","status":500,"times":2})"));
  EXPECT_FALSE(faults.take(get("/api/v3/athlete")));
  EXPECT_TRUE(faults.take(get("/api/v3/activities/1")));
  EXPECT_FALSE(faults.take(get("/api/v3/activities/1/streams")));
  EXPECT_TRUE(faults.take(get("/api/v3/activities/2")));
  EXPECT_FALSE(faults.take(get("/api/v3/activities/2")));
}

TEST(Faults, LetTheFirstRequestsThrough) {
  Faults faults;
  faults.add(*parse_json(R"({"kind":"cut","after":2})"));
  EXPECT_FALSE(faults.take(get("/")));
  EXPECT_FALSE(faults.take(get("/")));
  EXPECT_TRUE(faults.take(get("/")));
}

TEST(Faults, GoOnForEverWhenAskedTo) {
  Faults faults;
  faults.add(*parse_json(R"({"kind":"empty","times":-1})"));
  for (int request = 0; request < 100; ++request) EXPECT_TRUE(faults.take(get("/")));
  faults.clear();
  EXPECT_FALSE(faults.take(get("/")));
}

TEST(Faults, KeepToTheirMethod) {
  Faults faults;
  faults.add(*parse_json(R"({"method":"POST","kind":"cut"})"));
  EXPECT_FALSE(faults.take(get("/oauth/token")));
}

TEST(Faults, AreRefusedWhenTheyMakeNoSense) {
  Faults faults;
  for (const char* wrong : {R"({"kind":"earthquake"})", R"({"path_regex":"("})",
                            R"({"times":"often"})", R"({"probability":1})"}) {
    EXPECT_THROW(faults.add(*parse_json(wrong)), std::invalid_argument) << wrong;
  }
}

TEST(Faults, DistortTheAnswer) {
  HttpAnswer right;
  right.body = R"({"id":1234})";
  Fault fault;
  fault.kind = Fault::Kind::kWrongJson;
  EXPECT_FALSE(parse_json(with_fault(fault, right).body));
  fault.kind = Fault::Kind::kEmpty;
  EXPECT_EQ(with_fault(fault, right).body, "");
  fault.kind = Fault::Kind::kHtml;
  fault.status = 502;
  EXPECT_EQ(with_fault(fault, right).status, 502);
  EXPECT_EQ(with_fault(fault, right).content_type, "text/html; charset=utf-8");
}

}  // namespace
}  // namespace hookspool::strava_sim
