#include "fetcher/token_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetcher/scripted_process.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using strava::FailureKind;
using test::tokens_json;
using testing::HasSubstr;

constexpr event::AthleteId kAthlete{134815};

class TokenKeeperTest : public testing::Test {
 protected:
  void add_athlete(std::chrono::seconds lifetime) {
    athletes_.put(test::athlete_with_tokens(kAthlete, clock_.now(), lifetime), clock_.now());
  }
  store::Athlete stored() { return athletes_.find(kAthlete).value_or(store::Athlete{}); }

  TokenKeeper::Completion keep_outcome() {
    return [this](const TokenKeeper::Outcome& outcome) { outcomes_.push_back(outcome); };
  }
  void ask() { us_.tokens.access_token(kAthlete, keep_outcome()); }
  void answer() { us_.transport.wait({}, {}); }
  /// To be answered with refresh-2 and access-2; the store is not waited for.
  void begin_refresh() {
    add_athlete(0s);
    us_.database.patience().limit(0ms);
    us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
    ask();
  }

  std::string token(std::size_t i = 0) {
    const auto* token = outcomes_.size() > i ? std::get_if<Secret>(&outcomes_[i]) : nullptr;
    return token == nullptr ? "none" : token->reveal();
  }
  bool has_none_yet(std::size_t i = 0) {
    return outcomes_.size() > i && std::holds_alternative<TokenKeeper::NotYet>(outcomes_[i]);
  }
  std::optional<FailureKind> failure(std::size_t i = 0) {
    const auto* failure =
        outcomes_.size() > i ? std::get_if<strava::Failure>(&outcomes_[i]) : nullptr;
    return failure == nullptr ? std::nullopt : std::optional(failure->kind);
  }

  test::TemporaryStore store_;
  store::Athletes athletes_{store_.database()};
  test::FakeClock clock_;
  test::ScriptedProcess us_{store_.url(), clock_, "us"};
  test::ScriptedProcess they_{store_.url(), clock_, "they"};
  std::vector<TokenKeeper::Outcome> outcomes_;
};

TEST_F(TokenKeeperTest, HandsOutTheStoredTokenWhileItLasts) {
  add_athlete(6min);
  ask();

  EXPECT_EQ(token(), "access-1");
  EXPECT_TRUE(us_.transport.requests().empty());
}

TEST_F(TokenKeeperTest, RefreshesATokenThatIsAboutToEnd) {
  add_athlete(4min);
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  answer();

  EXPECT_EQ(token(), "access-2");
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
  EXPECT_EQ(stored().access_token.reveal(), "access-2");
  EXPECT_EQ(stored().access_expires_at, clock_.now() + 6h);
  EXPECT_EQ(stored().scope, "read,activity:read_all");
}

TEST_F(TokenKeeperTest, CommitsTheRotatedTokenBeforeItHandsOutTheNewOne) {
  add_athlete(0s);
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  std::string committed;
  us_.tokens.access_token(kAthlete, [&](const TokenKeeper::Outcome&) {
    store::Database other(store_.url());
    committed = store::Athletes(other).find(kAthlete)->refresh_token.reveal();
  });
  answer();

  EXPECT_EQ(committed, "refresh-2");
}

TEST_F(TokenKeeperTest, RefreshesOnceForAllWhoAsk) {
  add_athlete(0s);
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  ask();
  ask();
  answer();

  EXPECT_EQ(us_.transport.requests().size(), 1U);
  EXPECT_EQ(token(0), "access-2");
  EXPECT_EQ(token(2), "access-2");
}

TEST_F(TokenKeeperTest, LeavesTheRefreshToAnotherProcessThatIsAtIt) {
  add_athlete(0s);
  they_.tokens.access_token(kAthlete, [](const TokenKeeper::Outcome&) {});

  ask();

  ASSERT_EQ(outcomes_.size(), 1U);
  const auto* not_yet = std::get_if<TokenKeeper::NotYet>(&outcomes_.front());
  ASSERT_NE(not_yet, nullptr);
  EXPECT_GT(not_yet->look_again, clock_.now());
  EXPECT_TRUE(us_.transport.requests().empty());

  they_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  they_.transport.wait({}, {});
  ask();
  EXPECT_EQ(token(1), "access-2");
}

TEST_F(TokenKeeperTest, RefreshesForAProcessThatDiedAtIt) {
  add_athlete(0s);
  they_.tokens.access_token(kAthlete, [](const TokenKeeper::Outcome&) {});
  clock_.advance(5min);

  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  answer();

  EXPECT_EQ(token(), "access-2");
}

TEST_F(TokenKeeperTest, ReplacesATokenThatStravaRejected) {
  add_athlete(6h);
  us_.transport.will_answer(200, tokens_json("refresh-1", "access-2"));
  us_.tokens.replace_token(kAthlete, Secret("access-1"), keep_outcome());
  answer();

  EXPECT_EQ(token(), "access-2");
}

TEST_F(TokenKeeperTest, DoesNotRefreshWhatWasReplacedMeanwhile) {
  add_athlete(6h);
  us_.tokens.replace_token(kAthlete, Secret("access-0"), keep_outcome());

  EXPECT_EQ(token(), "access-1");
  EXPECT_TRUE(us_.transport.requests().empty());
}

TEST_F(TokenKeeperTest, RefreshesToSeeWhetherAGrantIsAlive) {
  add_athlete(6h);
  us_.transport.will_answer(200, tokens_json("refresh-1", "access-1"));
  us_.tokens.verify_grant(kAthlete, keep_outcome());
  answer();

  EXPECT_EQ(token(), "access-1");
  EXPECT_EQ(us_.transport.requests().size(), 1U);
}

TEST_F(TokenKeeperTest, SaysThatAGrantIsDeadWhenTheRefreshTokenIsRefusedByName) {
  add_athlete(0s);
  us_.transport.will_answer(400, test::kInvalidRefreshToken);
  ask();
  answer();

  EXPECT_EQ(failure(), FailureKind::kStopAthlete);
}

TEST_F(TokenKeeperTest, DoesNotCondemnAGrantThatCameWhileTheOldOneWasRefused) {
  add_athlete(0s);
  us_.transport.will_answer(400, test::kInvalidRefreshToken);
  ask();
  store::Athlete anew = stored();
  anew.refresh_token = Secret("refresh-of-a-new-grant");
  athletes_.put(anew, clock_.now());
  answer();

  EXPECT_TRUE(has_none_yet());
}

TEST_F(TokenKeeperTest, DoesNotReplaceAGrantThatCameWhileTheOldOneWasRefreshed) {
  add_athlete(0s);
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  store::Athlete anew = stored();
  anew.refresh_token = Secret("refresh-of-a-new-grant");
  athletes_.put(anew, clock_.now());
  answer();

  EXPECT_TRUE(has_none_yet());
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-of-a-new-grant");
}

TEST_F(TokenKeeperTest, MayRefreshAgainAfterAFailure) {
  add_athlete(0s);
  us_.transport.will_fail("no connection");
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  answer();
  ask();
  answer();

  EXPECT_EQ(failure(0), FailureKind::kLater);
  EXPECT_EQ(token(1), "access-2");
}

TEST_F(TokenKeeperTest, KnowsNoTokenOfAnAthleteWhoWasNotAdded) {
  ask();

  EXPECT_EQ(failure(), FailureKind::kStopAthlete);
  EXPECT_THAT(std::get<strava::Failure>(outcomes_.front()).detail,
              HasSubstr("hookspoolctl authorize"));
}

/// Strava has rotated by then: the old token is dead, and the new one nowhere but in memory.
TEST_F(TokenKeeperTest, KeepsTokensThatTheStoreCouldNotTake) {
  begin_refresh();
  {
    const store::Transaction held(store_.database());
    answer();
    EXPECT_TRUE(has_none_yet(0));
    ask();
    EXPECT_TRUE(has_none_yet(1)) << "not by the token that is stored";
    EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1");
  }
  they_.tokens.access_token(kAthlete, keep_outcome());
  EXPECT_TRUE(has_none_yet(2));
  ask();

  EXPECT_EQ(token(3), "access-2");
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
  EXPECT_EQ(us_.transport.requests().size(), 1U);
}

/// The old one is dead whatever becomes of what else ends in that moment.
TEST_F(TokenKeeperTest, DoesNotWaitForAGroupToKeepThem) {
  begin_refresh();
  {
    store::CommitGroup group(us_.database);
    answer();
    test::make_group_fail(us_.database);
    EXPECT_THROW(group.commit(), store::StoreError);
  }

  EXPECT_EQ(token(), "access-2");
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
}

/// Its job may be another's by then.
TEST_F(TokenKeeperTest, GivesNothingToWhomItWasWithdrawnFrom) {
  begin_refresh();
  us_.tokens.withdraw();
  EXPECT_TRUE(outcomes_.empty());
  us_.tokens.end_withdrawn();
  EXPECT_EQ(failure(0), FailureKind::kNotAsked);
  ask();
  answer();

  EXPECT_EQ(token(1), "access-2");
  EXPECT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(us_.transport.requests().size(), 1U);
}

/// As the store has it, which refuses what the first wanted to do.
TEST_F(TokenKeeperTest, LetsThoseAskAgainWhoWaitBehindOneThatThrows) {
  begin_refresh();
  us_.tokens.access_token(kAthlete, [](const TokenKeeper::Outcome&) {
    throw store::StoreError(ExitCode::kTryAgain, "the disk is full");
  });
  ask();
  EXPECT_THROW(answer(), store::StoreError);
  EXPECT_EQ(token(0), "access-2");
  EXPECT_EQ(outcomes_.size(), 1U);

  us_.tokens.end_withdrawn();
  EXPECT_EQ(failure(1), FailureKind::kNotAsked);
}

TEST_F(TokenKeeperTest, DoesNotCondemnAGrantOfWhichTheStoreTellsNothing) {
  add_athlete(0s);
  us_.transport.will_answer(400, test::kInvalidRefreshToken);
  ask();
  store_.database().session() << "ALTER TABLE athletes RENAME TO away";
  answer();
  EXPECT_TRUE(has_none_yet());

  store_.database().session() << "ALTER TABLE away RENAME TO athletes";
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1");
}

/// Strava gives the same refresh token again where it need not rotate.
TEST_F(TokenKeeperTest, HandsOutWhatTheStoreCouldNotTakeIfNothingIsLostWithIt) {
  add_athlete(0s);
  us_.database.patience().limit(0ms);
  us_.transport.will_answer(200, tokens_json("refresh-1", "access-2"));
  ask();
  const store::Transaction held(store_.database());
  answer();

  EXPECT_EQ(token(), "access-2");
  EXPECT_FALSE(us_.tokens.has_left_over());
}

/// A run from cron asks nothing more of the athlete.
TEST_F(TokenKeeperTest, KeepsThemBeforeItEnds) {
  begin_refresh();
  {
    const store::Transaction held(store_.database());
    answer();
    EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1");
  }
  us_.tokens.keep_left_over();

  EXPECT_TRUE(us_.tokens.give_up());
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
}

/// It came to the store first when that took something again.
TEST_F(TokenKeeperTest, LetsAnAthleteGoOnWhomAnotherProcessStoppedForTheOldToken) {
  begin_refresh();
  {
    const store::Transaction held(store_.database());
    answer();
  }
  clock_.advance(5min);
  they_.transport.will_answer(400, test::kInvalidRefreshToken);
  they_.tokens.access_token(kAthlete, [this](const TokenKeeper::Outcome& outcome) {
    athletes_.stop(kAthlete, std::get<strava::Failure>(outcome).detail);
  });
  they_.transport.wait({}, {});
  ASSERT_TRUE(stored().stopped_because);
  us_.tokens.keep_left_over();

  EXPECT_FALSE(stored().stopped_because);
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
}

TEST_F(TokenKeeperTest, HandsOutNothingMoreAtTheEndButKeepsWhatComes) {
  begin_refresh();
  us_.tokens.close();
  answer();
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
  EXPECT_TRUE(outcomes_.empty());

  ask();
  EXPECT_TRUE(has_none_yet());
  EXPECT_TRUE(us_.tokens.give_up());
}

TEST_F(TokenKeeperTest, SaysThatItCouldNotKeepThem) {
  begin_refresh();
  const store::Transaction held(store_.database());
  EXPECT_TRUE(us_.tokens.is_refreshing());
  answer();

  EXPECT_FALSE(us_.tokens.is_refreshing());
  EXPECT_FALSE(us_.tokens.give_up());
}

TEST_F(TokenKeeperTest, SaysThatStravaHasNotAnsweredInTime) {
  begin_refresh();

  EXPECT_FALSE(us_.tokens.give_up());
}

/// A refresh that was begun and forgotten would leave the athlete's jobs waiting for ever.
TEST_F(TokenKeeperTest, RefreshesLaterWhenTheStoreRefusedTheLease) {
  add_athlete(0s);
  us_.database.patience().limit(0ms);
  {
    const store::Transaction held(store_.database());
    EXPECT_THROW(ask(), store::StoreError);
  }
  us_.transport.will_answer(200, tokens_json("refresh-2", "access-2"));
  ask();
  answer();

  EXPECT_EQ(token(), "access-2");
}

}  // namespace
}  // namespace hookspool::fetcher
