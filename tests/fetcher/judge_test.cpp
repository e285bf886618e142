#include "fetcher/judge.h"

#include <gtest/gtest.h>

#include <string>

#include "event/test_event.h"
#include "fetcher/spooled_events.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using config::SignatureCheck;
using event::Kind;

constexpr const char* kKey = "key-of-the-signatures";

class JudgeTest : public testing::Test {
 protected:
  Judgement judge(SignatureCheck check, const std::string& signature) const {
    return Judge({check, Secret(kKey)}).judge(body_, signature, clock_.now());
  }
  std::string signature_by(const std::string& key) const {
    return test::signature_by(key, body_, clock_.now());
  }
  /// As it is in the journal.
  store::AcceptedEvent accepted(const std::string& body, const std::string& signature) const {
    store::AcceptedEvent accepted;
    accepted.received = clock_.now();
    accepted.event.kind = Kind::kActivityDelete;
    accepted.body = body;
    accepted.signature = signature;
    return accepted;
  }

  test::FakeClock clock_;
  std::chrono::sys_seconds now_ = std::chrono::floor<std::chrono::seconds>(clock_.now());
  std::string body_ = test::event_body("activity", 7, "create", now_);
};

TEST_F(JudgeTest, HeedsNoSignatureIfNoneIsChecked) {
  const Judgement judgement = judge(SignatureCheck::kOff, signature_by("another key"));
  EXPECT_EQ(judgement.event.kind, Kind::kActivityCreate);
  EXPECT_FALSE(judgement.has_right_signature || judgement.has_wrong_signature);
}

TEST_F(JudgeTest, TakesNothingForAnEventThatLacksARightSignatureWhereOneIsRequired) {
  struct Case {
    std::string signature;
    bool is_right;
    bool is_wrong_in_the_log;
  };
  for (const Case& c : {Case{signature_by(kKey), true, false},
                        {signature_by("another key"), false, true},
                        {"", false, false}}) {
    const Judgement logged = judge(SignatureCheck::kLog, c.signature);
    EXPECT_EQ(logged.event.kind, Kind::kActivityCreate) << c.signature;
    EXPECT_EQ(logged.has_right_signature, c.is_right) << c.signature;
    EXPECT_EQ(logged.has_wrong_signature, c.is_wrong_in_the_log) << c.signature;
    EXPECT_FALSE(logged.is_refused) << c.signature;

    const Judgement required = judge(SignatureCheck::kRequire, c.signature);
    EXPECT_EQ(required.event.kind, c.is_right ? Kind::kActivityCreate : Kind::kUnknown);
    EXPECT_EQ(required.event.object_id, 7) << "it is still known what it is about";
    EXPECT_EQ(required.has_right_signature, c.is_right) << c.signature;
    EXPECT_EQ(required.has_wrong_signature, !c.is_right) << c.signature;
    EXPECT_EQ(required.is_refused, !c.is_right) << c.signature;
  }
}

TEST_F(JudgeTest, MissesNoSignatureOfATest) {
  body_ = event::test_event_body(Kind::kActivityDelete, "marker", clock_.now(), {});
  const Judgement judgement = judge(SignatureCheck::kRequire, "");
  EXPECT_EQ(judgement.event.kind, Kind::kUnknown);
  EXPECT_FALSE(judgement.has_wrong_signature || judgement.is_refused);
}

TEST_F(JudgeTest, TakesAnEventFromTheFutureForOneOfNow) {
  body_ = test::event_body("activity", 7, "create", now_ + 1h);
  EXPECT_LE(judge(SignatureCheck::kOff, "").event.event_time, now_ + 5s);
}

TEST_F(JudgeTest, SaysWhyABodyIsNoEvent) {
  body_ = "{}";
  const Judgement judgement = judge(SignatureCheck::kOff, "");
  EXPECT_EQ(judgement.event.kind, Kind::kUnknown);
  EXPECT_NE(judgement.malformed, "");
}

TEST_F(JudgeTest, ReadsTheJournalByTodaysSettings) {
  const Judge judge({SignatureCheck::kRequire, Secret(kKey)});
  EXPECT_EQ(judge.judge(accepted(body_, signature_by(kKey))).event.kind, Kind::kActivityCreate);
  EXPECT_TRUE(judge.judge(accepted(body_, signature_by("another key"))).is_refused);
}

TEST_F(JudgeTest, KnowsOfABodyThatWasTakenAwayOnlyWhatItWasTakenForIfThatIsEnough) {
  const store::AcceptedEvent wiped = accepted("", "");
  EXPECT_EQ(Judge(Signatures()).judge(wiped).event.kind, Kind::kActivityDelete);
  const Judgement required = Judge({SignatureCheck::kRequire, Secret(kKey)}).judge(wiped);
  EXPECT_EQ(required.event.kind, Kind::kUnknown);
  EXPECT_FALSE(required.is_refused) << "nobody knows whether it had one";
}

}  // namespace
}  // namespace hookspool::fetcher
