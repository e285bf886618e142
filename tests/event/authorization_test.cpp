#include "event/authorization.h"

#include <gtest/gtest.h>

#include <variant>

#include "event/event.h"

namespace hookspool::event {
namespace {

TEST(Authorization, ComesBackAsItWas) {
  const Authorization granted{"5tate", Secret("c0de\"\n"), "read,activity:read", ""};

  const auto parsed = parse_authorization(to_body(granted));

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->state, granted.state);
  EXPECT_EQ(parsed->code.reveal(), granted.code.reveal());
  EXPECT_EQ(parsed->scope, granted.scope);
  EXPECT_EQ(parsed->error, "");
}

TEST(Authorization, IsNoEventSoThatNoPostPassesForOne) {
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse(to_body({"s", Secret("c"), "", ""}))));
}

TEST(Authorization, IsNothingElse) {
  for (
      const char* body :
      {"", "{}", "hookspool.authorization", R"(["hookspool.authorization"])",
       R"({"object_type":"activity","title":"hookspool.authorization"})",
       R"({"object_type":"hookspool.authorization","state":"s","code":1,"scope":"","error":""})",
       R"({"object_type":"hookspool.authorization","state":"s"})",
       R"({"object_type":"hookspool.authorization","aspect_type":"create","object_id":1,"owner_id":1,)"
       R"("event_time":1,"state":"s","code":"c","scope":"","error":""})",
       R"({"object_type":"hookspool.authorization")"}) {
    EXPECT_FALSE(parse_authorization(body)) << body;
  }
}

}  // namespace
}  // namespace hookspool::event
