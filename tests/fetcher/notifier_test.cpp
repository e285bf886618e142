#include "fetcher/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "fetcher/changes.h"
#include "signature/standard_webhook.h"
#include "store/activities.h"
#include "store/leases.h"
#include "store/temporary_store.h"
#include "strava/json_body.h"
#include "support/fake_clock.h"
#include "support/scripted_transport.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr event::ActivityId kActivity{14919682220};
constexpr event::ActivityId kOther{14919682221};
constexpr event::AthleteId kAthlete{134815};
constexpr const char* kUrl = "https://user:password@one.example/path-secret?token=query-secret";

class NotifierTest : public testing::Test {
 protected:
  NotifierTest() {
    config_.urls = {kUrl};
    config_.secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  }

  Notifier& notifier() {
    if (!notifier_) {
      notifier_ = std::make_unique<Notifier>(Notifier::Parts{store_.database(), transport_, clock_},
                                             config_, "us", [] { return 0.0; });
    }
    return *notifier_;
  }
  Changes changes() { return {store_.database(), clock_, consumers_of(config_)}; }
  void answer(int status) {
    transport_.will_answer(status, "");
    transport_.wait({}, {});
  }
  std::vector<store::Notification> waiting() { return notifications_.list(100, false); }

  test::TemporaryStore store_;
  test::TemporaryDirectory directory_;
  test::FakeClock clock_;
  test::ScriptedTransport transport_;
  config::NotifyConfig config_;
  store::Notifications notifications_{store_.database()};
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, PostsASignedMessage) {
  store::StoredActivity activity;
  activity.id = kActivity;
  activity.athlete_id = kAthlete;
  activity.name = "Evening ride";
  activity.json = "{}";
  store::Activities(store_.database()).put(activity);
  changes().stored(kActivity, kAthlete);
  ASSERT_EQ(notifier().begin_due(), 1U);

  const strava::HttpRequest& request = transport_.requests().at(0);
  const std::string body = request.body.reveal();
  const auto message = strava::parse_json(body);
  ASSERT_TRUE(message);
  EXPECT_EQ((*message)["type"].asString(), "activity.stored");
  EXPECT_EQ((*message)["data"]["object_id"].asInt64(), 14919682220);
  EXPECT_EQ((*message)["data"]["activity"]["name"].asString(), "Evening ride");
  const std::string id = (*message)["id"].asString();
  EXPECT_EQ(request.headers.find("webhook-id"), id);
  EXPECT_EQ(request.headers.find("webhook-signature"),
            signature::standard_webhook_signature(config_.secret, id, clock_.now(), body));

  answer(204);
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(NotifierTest, TriesAgainWithTheSameIdUntilItIsTaken) {
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  answer(500);
  EXPECT_EQ(notifier().begin_due(), 0U) << "not before its time";
  ASSERT_TRUE(notifier().next_due());
  clock_.set(*notifier().next_due());
  notifier().begin_due();
  answer(200);

  ASSERT_EQ(transport_.requests().size(), 2U);
  EXPECT_EQ(transport_.requests()[0].headers.find("webhook-id"),
            transport_.requests()[1].headers.find("webhook-id"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(NotifierTest, GivesUpWhenItIsToldSoOrItsTimeIsOver) {
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  answer(410);
  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_TRUE(waiting()[0].dead);

  changes().stored(kOther, kAthlete);
  notifier().begin_due();
  answer(503);
  clock_.advance(config_.retry_for + 1h);
  notifier().begin_due();
  answer(503);
  EXPECT_EQ(notifications_.counts().dead, 2);
  EXPECT_EQ(notifications_.revive(clock_.now()), 2);
}

TEST_F(NotifierTest, CountsNoAttemptThatWasNotMade) {
  changes().stored(kActivity, kAthlete);
  ASSERT_EQ(notifier().begin_due(), 1U);
  transport_.withdraw();
  transport_.wait({}, {});

  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_EQ(waiting()[0].attempts, 0);
  EXPECT_EQ(notifier().next_due(), clock_.now());
}

TEST_F(NotifierTest, KeepsTheOrderOfWhatHappenedToAnObject) {
  changes().stored(kActivity, kAthlete);
  changes().updated(kActivity, kAthlete);
  changes().stored(kOther, kAthlete);

  EXPECT_EQ(notifier().begin_due(), 2U);
  EXPECT_EQ(notifier().begin_due(), 0U);
  transport_.will_answer(500, "");
  transport_.will_answer(200, "");
  transport_.wait({}, {});
  clock_.advance(1s);
  EXPECT_EQ(notifier().begin_due(), 0U) << "the first has not been taken";
  clock_.advance(1h);
  EXPECT_EQ(notifier().begin_due(), 1U);
  answer(200);
  EXPECT_EQ(notifier().begin_due(), 1U);
  answer(200);
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(NotifierTest, LetsNoConsumerWaitForAnother) {
  config_.urls.emplace_back("https://two.example/hook");
  for (int i = 1; i <= 6; ++i) changes().stored(event::ActivityId{i}, kAthlete);

  EXPECT_EQ(notifier().begin_due(), 8U) << "four for each";
}

TEST_F(NotifierTest, LetsOutNoSecretOfAUrl) {
  EXPECT_EQ(name_of_consumer(kUrl), "https://one.example");
  EXPECT_EQ(name_of_consumer("command"), "command");
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  transport_.will_fail(std::string("POST ") + kUrl + ": refused");
  transport_.wait({}, {});

  EXPECT_THAT(waiting().at(0).last_error.value_or(""), Not(HasSubstr("secret")));
  EXPECT_EQ(transport_.requests()[0].url, "https://user:password@one.example/path-secret");
  EXPECT_EQ(transport_.requests()[0].query.reveal(), "token=query-secret");
}

TEST_F(NotifierTest, TakesOverWhatADeadProcessHadInHand) {
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  store::Leases leases(store_.database());
  ASSERT_THAT(leases.holders(), testing::ElementsAre("us"));
  leases.end_all_of("us");

  Notifier other({store_.database(), transport_, clock_}, config_, "them", [] { return 0.0; });
  EXPECT_EQ(other.begin_due(), 1U);
}

class NotifierCommandTest : public NotifierTest {
 protected:
  NotifierCommandTest() { config_.urls.clear(); }

  void command(const std::string& text) {
    config_.command = directory_ / "hook";
    std::ofstream(config_.command) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(config_.command, std::filesystem::perms::owner_all);
  }
  /// Until nothing is under way, ten seconds at most.
  void let_it_end() {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (notifier().in_progress() > 0 && std::chrono::steady_clock::now() < deadline) {
      notifier().poll();
      std::this_thread::sleep_for(2ms);
    }
    ASSERT_EQ(notifier().in_progress(), 0U);
  }
};

TEST_F(NotifierCommandTest, KnowsTheContractOfExitCodes) {
  command("exit 0");
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  let_it_end();
  EXPECT_THAT(waiting(), IsEmpty());

  command("exit 75");
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  let_it_end();
  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_FALSE(waiting()[0].dead);

  command("exit 1");
  clock_.advance(1h);
  notifier().begin_due();
  let_it_end();
  EXPECT_TRUE(waiting().at(0).dead);
  EXPECT_THAT(waiting()[0].last_error.value_or(""), HasSubstr("exit code 1"));
}

TEST_F(NotifierCommandTest, TriesAScriptAgainThatNamesNoInterpreter) {
  command("exit 0");
  std::ofstream(config_.command) << "exit 0\n";
  changes().stored(kActivity, kAthlete);
  notifier().begin_due();
  let_it_end();

  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_FALSE(waiting()[0].dead);
  EXPECT_THAT(waiting()[0].last_error.value_or(""), HasSubstr("#!/bin/sh"));
}

TEST_F(NotifierCommandTest, RunsNoMoreAtOnceThanItMay) {
  command("exit 0");
  for (int i = 1; i <= 5; ++i) changes().stored(event::ActivityId{i}, kAthlete);
  EXPECT_EQ(notifier().begin_due(), 2U);
  let_it_end();
  EXPECT_EQ(notifier().begin_due(), 2U);
  let_it_end();
}

TEST_F(NotifierCommandTest, TellsAlertsToo) {
  const std::string out = (directory_ / "out").string();
  command("{ echo \"$1\"; cat; } > '" + out + "'");
  changes().alert_started("disk", "the disk is nearly full");
  notifier().begin_due();
  let_it_end();
  std::ostringstream told;
  told << std::ifstream(out).rdbuf();
  EXPECT_THAT(told.str(), HasSubstr("alert.started\n"));
  EXPECT_THAT(told.str(), HasSubstr(R"("detail":"the disk is nearly full")"));
}

}  // namespace
}  // namespace hookspool::fetcher
