// hookspoolctl status

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "ctl/hookspoolctl.h"
#include "spool/record.h"
#include "store/activities.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/pause.h"
#include "store/rate_windows.h"
#include "strava/rate_limits.h"

namespace hookspool::ctl {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class HookspoolctlStatusTest : public HookspoolctlTest {
 protected:
  /// One of everything that can be told.
  void let_things_happen() {
    store::Database database(store_url());
    std::filesystem::create_directory(directory_ / "spool");
    write(directory_ / "spool" / "current",
          spool::encode({from_rfc3339("2026-11-23T15:37:05.5Z"), "record-1", "{}", ""}) +
              spool::encode({now_, "record-2", "{}", ""}));
    store::Pause(database).set(store::PauseState::Kind::kApplication, "the application is inactive",
                               now_, now_ + std::chrono::hours(1));
    store::StoredActivity activity;
    activity.id = event::ActivityId{1};
    activity.fetched = from_rfc3339("2026-11-23T16:00:00Z");
    store::Activities(database).put(activity);
    store::Athlete athlete;
    athlete.id = event::AthleteId{kAthlete};
    athlete.refresh_token = Secret("a-refresh-token");
    athlete.access_token = Secret("an-access-token");
    store::Athletes athletes(database);
    athletes.put(athlete, now_);
    athletes.stop(athlete.id, "the grant is dead");
    athlete.id = event::AthleteId{7};
    athletes.put(athlete, now_);
    store::Jobs jobs(database);
    for (const std::int64_t activity : {9, 10}) {
      jobs.want(store::Wish::kFetch, activity, athlete.id, {}, now_);
    }
    jobs.bury(jobs.claim(store::Lane::kFresh, 1, "us", now_, now_).front(), "us", "403 Forbidden");
    // The quarter of an hour has turned since then, the day has not.
    store::RateWindows windows(database);
    windows.put("quarter_hour", {now_ - std::chrono::hours(1), 12, 12, 0, 200, 12, 100, 11});
    windows.put("day", {now_ + std::chrono::hours(2), 340, 340, 0, 2000, 340, 1000, 339});
    run({"subscribe"});
  }

  const Timestamp now_ = SystemClock().now();
};

TEST_F(HookspoolctlStatusTest, TellsProgramsTheStateOfEverything) {
  let_things_happen();

  const Json::Value status = run_json({"status"});

  EXPECT_EQ(status["spool"]["segments"].asInt64(), 1);
  EXPECT_EQ(status["spool"]["records"].asInt64(), 2);
  EXPECT_GT(status["spool"]["bytes"].asInt64(), 100);
  EXPECT_EQ(status["spool"]["oldest"].asString(), "2026-11-23T15:37:05.500000Z");
  EXPECT_EQ(status["jobs"]["waiting"].asInt64(), 1);
  EXPECT_EQ(status["jobs"]["dead"].asInt64(), 1);
  EXPECT_EQ(status["dead_jobs"][0]["object_id"].asInt64(), 9);
  EXPECT_EQ(status["dead_jobs"][0]["last_error"].asString(), "403 Forbidden");
  EXPECT_EQ(status["activities"]["count"].asInt64(), 1);
  EXPECT_EQ(status["activities"]["newest_fetch"].asString(), "2026-11-23T16:00:00.000000Z");
  EXPECT_EQ(status["athletes"]["count"].asInt64(), 2);
  EXPECT_EQ(status["athletes"]["stopped"].asInt64(), 1);
  EXPECT_EQ(status["stopped_athletes"][0]["id"].asInt64(), kAthlete);
  EXPECT_EQ(status["stopped_athletes"][0]["because"].asString(), "the grant is dead");
  EXPECT_EQ(status["pause"]["reason"].asString(), "the application is inactive");
  EXPECT_EQ(status["subscription_id"].asInt64(), subscription_at_strava());
}

TEST_F(HookspoolctlStatusTest, CountsNothingAsUsedInAWindowThatHasTurned) {
  let_things_happen();
  std::map<std::string, std::int64_t> used;
  const Json::Value status = run_json({"status"});
  for (const Json::Value& window : status["rate_limits"]) {
    used[window["counter"].asString() + " " + window["window"].asString()] =
        window["used"].asInt64();
  }

  EXPECT_EQ(used.at("read quarter_hour"), 0);
  EXPECT_EQ(used.at("read day"), 339);
  EXPECT_EQ(used.size(), 4U);
}

TEST_F(HookspoolctlStatusTest, TellsPeopleTheStateOfEverything) {
  let_things_happen();

  EXPECT_THAT(run({"status"}).output,
              AllOf(HasSubstr("2 records, "), HasSubstr("the oldest since 2026-11-23T15:37:05Z"),
                    HasSubstr("1 waiting (1 fresh), 0 in progress, 1 dead"),
                    HasSubstr("fetch 9: 403 Forbidden"), HasSubstr("134815: the grant is dead"),
                    HasSubstr("read: 0 of 100 until "), HasSubstr("overall: "),
                    HasSubstr("the application is inactive")));
}

TEST_F(HookspoolctlStatusTest, TellsWhatDueJobsWaitFor) {
  store::Database database(store_url());
  store::Jobs::Order order;
  order.object_id = 9;
  order.athlete = event::AthleteId{kAthlete};
  store::Jobs(database).add(order, now_ - std::chrono::hours(1));
  store::RateWindows windows(database);
  const Timestamp turns = now_ + std::chrono::minutes(10);
  windows.put("quarter_hour", {turns, 96, 96, 0, 200, 96, 100, 96});
  windows.put("day", {now_ + std::chrono::hours(2), 340, 340, 0, 2000, 340, 1000, 339});

  const Json::Value kept = run_json({"status"})["waits"];
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]["lane"].asString(), "backfill");
  EXPECT_EQ(kept[0]["for"].asString(), "reserve");
  EXPECT_EQ(kept[0]["due"].asString(), to_rfc3339(now_ - std::chrono::hours(1)));
  EXPECT_LT(from_rfc3339(kept[0]["until"].asString()), turns);
  EXPECT_THAT(run({"status"}).output,
              AllOf(ContainsRegex("waits  *backfill until [0-9:]+ UTC for the rate limit, "),
                    HasSubstr("the rest of which is kept for fresh events")));

  windows.put("quarter_hour", {turns, 100, 100, 0, 200, 100, 100, 100});
  EXPECT_EQ(run_json({"status"})["waits"][0]["for"].asString(), "rate_limit");
  const auto until = std::chrono::floor<std::chrono::seconds>(turns + strava::kClockMargin);
  EXPECT_THAT(run({"status", "--prometheus"}).output,
              HasSubstr("hookspool_waits_until_timestamp_seconds{lane=\"backfill\","
                        "for=\"rate_limit\"} " +
                        std::to_string(until.time_since_epoch().count()) + "\n"));

  windows.put("quarter_hour", {turns, 10, 10, 0, 200, 10, 100, 10});
  EXPECT_EQ(run_json({"status"})["waits"].size(), 0U);
  EXPECT_THAT(run({"status"}).output, Not(HasSubstr("\nwaits ")));

  store::Pause(database).set(store::PauseState::Kind::kOutage, "Strava is out of reach", now_,
                             now_ + std::chrono::hours(1));
  EXPECT_EQ(run_json({"status"})["waits"][0]["for"].asString(), "outage");
}

TEST_F(HookspoolctlStatusTest, TellsOfSignaturesOnceThereAreAny) {
  EXPECT_THAT(run({"status"}).output, Not(HasSubstr("signatures")));
  store::Database database(store_url());
  store::Counters counters(database);
  counters.add(store::counter::kRightSignature, now_, 5);
  EXPECT_THAT(run({"status"}).output, HasSubstr("5 right, 0 wrong or missing\n"));
  counters.add(store::counter::kWrongSignature, from_rfc3339("2026-11-23T15:37:05Z"), 2);
  EXPECT_THAT(run({"status"}).output,
              HasSubstr("5 right, 2 wrong or missing, the last 2026-11-23T15:37:05Z"));
}

TEST_F(HookspoolctlStatusTest, IsToldBeforeAnythingHappened) {
  const Json::Value status = run_json({"status"});
  EXPECT_EQ(status["spool"]["segments"].asInt64(), 0);
  EXPECT_TRUE(status["spool"]["oldest"].isNull());
  EXPECT_TRUE(status["pause"].isNull());
  EXPECT_TRUE(status["subscription_id"].isNull());
  EXPECT_THAT(run({"status"}).output, HasSubstr("nothing waits"));
  EXPECT_THAT(run({"status", "--prometheus"}).output, Not(HasSubstr("timestamp")));
}

/// By the rules of https://prometheus.io/docs/instrumenting/exposition_formats/ as far as they
/// concern gauges with plain labels.
TEST_F(HookspoolctlStatusTest, IsToldInPrometheusFormat) {
  let_things_happen();
  const std::string text = run({"status", "--prometheus"}).output;
  const std::regex comment(R"(# (HELP|TYPE) (hookspool_[a-z_]+) (.+))");
  const std::regex sample(
      R"((hookspool_[a-z_]+)(\{[a-z]+="[a-z_]+"(,[a-z]+="[a-z_]+")*\})? (\d+))");
  std::set<std::string> described;
  std::set<std::string> seen;
  std::string last;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, comment)) {
      if (match[1] == "HELP") {
        EXPECT_TRUE(described.insert(match[2]).second) << "twice: " << line;
        last = match[2];
      } else {
        EXPECT_EQ(match[3], "gauge");
      }
      EXPECT_EQ(match[2], last);
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
    EXPECT_EQ(match[1], last) << "the samples of a metric stand together";
    EXPECT_TRUE(seen.insert(match[1].str() + match[2].str()).second) << "twice: " << line;
  }
  EXPECT_EQ(text.back(), '\n');
  EXPECT_THAT(text, HasSubstr("hookspool_jobs{state=\"dead\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("hookspool_spool_oldest_record_timestamp_seconds 1795448225\n"));
  EXPECT_THAT(text, HasSubstr("hookspool_rate_limit{counter=\"read\",window=\"day\"} 1000\n"));
}

TEST_F(HookspoolctlStatusTest, IsWatchedOnATerminalOnly) {
  const ProgramRun refused = run({"status", "--watch", "1"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(refused.errors, HasSubstr("needs a terminal"));

  const ProgramRun watched =
      test::run_on_terminal(command({"status", "--watch", "1"}), "athletes", "\x03");
  EXPECT_EQ(watched.exit_code, 128 + SIGINT);
  EXPECT_THAT(watched.output, HasSubstr("\x1b[H"));
}

}  // namespace
}  // namespace hookspool::ctl
