#include "store/authorizations.h"

#include <gtest/gtest.h>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

class AuthorizationsTest : public testing::Test {
 protected:
  void add(const std::string& state = "state", const std::string& error = "") {
    authorizations_.add({state, Secret(error.empty() ? "c0de" : ""), "read", error}, clock_.now());
  }
  std::optional<Authorizations::Waiting> claim(const std::string& holder = "us") {
    return authorizations_.claim(holder, clock_.now(), clock_.now() + 1min);
  }
  std::string stored_code() {
    std::string code = "none";
    store_.database().session() << "SELECT code FROM authorizations", soci::into(code);
    return code;
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Authorizations authorizations_{store_.database()};
};

TEST_F(AuthorizationsTest, AreDueAtOnce) {
  add();

  EXPECT_EQ(authorizations_.next_due(), clock_.now());
  const auto waiting = claim();
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->state, "state");
  EXPECT_EQ(waiting->code.reveal(), "c0de");
  EXPECT_EQ(waiting->scope, "read");
  EXPECT_EQ(waiting->received, clock_.now());
  EXPECT_FALSE(authorizations_.outcome("state"));
}

TEST_F(AuthorizationsTest, AreClaimedByOneAtATimeUntilTheLeaseEnds) {
  add();
  ASSERT_TRUE(claim());

  EXPECT_FALSE(claim("them"));
  EXPECT_EQ(authorizations_.next_due(), clock_.now() + 1min);
  clock_.advance(1min);
  EXPECT_TRUE(claim("them"));
}

TEST_F(AuthorizationsTest, ComeBackWhenTheyArePostponed) {
  add();
  claim();
  authorizations_.postpone("state", clock_.now() + 15s);

  EXPECT_FALSE(claim());
  clock_.advance(15s);
  EXPECT_TRUE(claim());
}

TEST_F(AuthorizationsTest, KeepTheOutcomeAndForgetTheCode) {
  add();
  claim();
  authorizations_.end("state", {event::AthleteId{(1LL << 53) + 1}, ""});

  EXPECT_EQ(stored_code(), "");
  EXPECT_FALSE(authorizations_.next_due());
  const auto outcome = authorizations_.outcome("state");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->athlete, event::AthleteId{(1LL << 53) + 1});
  EXPECT_EQ(outcome->complaint, "");
}

TEST_F(AuthorizationsTest, HaveEndedWhenTheAthleteRefused) {
  add("state", "access_denied");

  EXPECT_FALSE(claim());
  const auto outcome = authorizations_.outcome("state");
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->athlete);
  EXPECT_NE(outcome->complaint.find("access_denied"), std::string::npos);
}

TEST_F(AuthorizationsTest, TakeOneAnswerForAState) {
  add();
  authorizations_.end("state", {event::AthleteId{7}, ""});
  add();

  EXPECT_FALSE(claim());
  EXPECT_EQ(authorizations_.outcome("state")->athlete, event::AthleteId{7});
}

TEST_F(AuthorizationsTest, AreForgottenAfterADay) {
  add("old");
  authorizations_.end("old", {std::nullopt, "no"});
  clock_.advance(24h + 1s);
  add("new");

  EXPECT_FALSE(authorizations_.outcome("old"));
  EXPECT_EQ(claim()->state, "new");
}

}  // namespace
}  // namespace hookspool::store
