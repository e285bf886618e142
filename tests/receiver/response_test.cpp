#include "receiver/response.h"

#include <gtest/gtest.h>

#include <string>

namespace hookspool::receiver {
namespace {

TEST(Response, IsWrittenAsCgiWantsIt) {
  EXPECT_EQ(serialize({200, "application/json", "", "{}"}, /*head=*/false),
            "Status: 200 OK\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 2\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "\r\n"
            "{}");
}

TEST(Response, LeavesTheBodyOutForHeadButTellsItsLength) {
  const std::string text = serialize(text_response(200, "hello"), /*head=*/true);

  EXPECT_NE(text.find("Content-Length: 6\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(Response, HasAReasonForEveryStatusThatIsUsed) {
  for (const auto& [status, line] : {std::pair{200, "200 OK"},
                                     {400, "400 Bad Request"},
                                     {403, "403 Forbidden"},
                                     {405, "405 Method Not Allowed"},
                                     {413, "413 Content Too Large"},
                                     {503, "503 Service Unavailable"}}) {
    EXPECT_TRUE(serialize(text_response(status, "x"), false)
                    .starts_with("Status: " + std::string(line) + "\r\n"));
  }
}

TEST(Response, AsksToTryAgainWhileTheSpoolIsUnusable) {
  const std::string text = serialize(spool_unavailable(), /*head=*/false);

  EXPECT_TRUE(text.starts_with("Status: 503 "));
  EXPECT_NE(text.find("\r\nRetry-After: 60\r\n"), std::string::npos);
}

TEST(Response, EndsATextWithANewline) {
  const Response response = text_response(400, "No.");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(response.body, "No.\n");
}

}  // namespace
}  // namespace hookspool::receiver
