#include "ctl/redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What expect_granted() says of an address, in answer to "the-state"; empty if it is content.
std::string complaint_about(const std::string& address) {
  try {
    expect_granted(parse_redirect(address), "the-state");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Redirect, IsReadFromAWholeAddress) {
  const auto answer = parse_redirect(
      "http://localhost/authorized?state=the-state&code=c0de&scope=read,activity:read_all#_");

  EXPECT_EQ(answer.state, "the-state");
  EXPECT_EQ(answer.code.reveal(), "c0de");
  EXPECT_EQ(answer.scope, "read,activity:read_all");
  EXPECT_EQ(answer.error, "");
}

TEST(Redirect, IsReadFromTheQueryAlone) {
  EXPECT_EQ(parse_redirect("code=c0de&state=s").code.reveal(), "c0de");
}

TEST(Redirect, GrantsWithStateAndCode) {
  EXPECT_EQ(complaint_about("?state=the-state&code=c0de&scope=read"), "");
}

TEST(Redirect, SaysWhatIsWrongWithAnAnswer) {
  EXPECT_THAT(complaint_about("?state=the-state&error=access_denied"),
              HasSubstr("did not authorize the application (access_denied)"));
  EXPECT_THAT(complaint_about("?state=of-before&code=c0de"), HasSubstr("another authorization"));
  EXPECT_THAT(complaint_about("c0de"), HasSubstr("has no state"));
  EXPECT_THAT(complaint_about("?state=the-state"), HasSubstr("no code"));
}

TEST(Redirect, LooksAtTheStateFirst) {
  EXPECT_THAT(complaint_about("?state=forged&error=access_denied"), Not(HasSubstr("denied")));
}

TEST(Redirect, LetsNoAnswerSpeakToTheTerminal) {
  EXPECT_THAT(complaint_about("?state=the-state&error=%1b[2J"), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace hookspool::ctl
