#include "strava/form.h"

#include <gtest/gtest.h>

namespace hookspool::strava {
namespace {

TEST(Form, EncodesWhatWouldEndAValue) {
  Form form;
  form.add("client_id", "1").add("callback url", "https://x.example/?a=1&b=%2F+é");
  EXPECT_EQ(form.encoded().reveal(),
            "client_id=1&callback%20url=https%3A%2F%2Fx.example%2F%3Fa%3D1%26b%3D%252F%2B%C3%A9");
}

TEST(Form, IsThePostedBodyOfItsRequest) {
  Form form;
  form.add("client_secret", Secret("s"));
  const HttpRequest request = request_with_form(HttpMethod::kPost, "http://127.0.0.1/", form);
  EXPECT_EQ(request.url, "http://127.0.0.1/");
  EXPECT_TRUE(request.query.empty());
  EXPECT_EQ(request.body.reveal(), "client_secret=s");
  EXPECT_EQ(request.headers.find("content-type"), "application/x-www-form-urlencoded");
}

}  // namespace
}  // namespace hookspool::strava
