// hookspool-fetcher as it was built, killed or without room on its disk at each call that it makes
// while it fetches, deletes, lists, settles, tells, and forgets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/value.h>
#include <soci/soci.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/exit_code.h"
#include "event/authorization.h"
#include "fetcher/backfill.h"
#include "fetcher/housekeeper.h"
#include "fetcher/reconciliation.h"
#include "power_loss/faults.h"
#include "power_loss/fetcher_host.h"
#include "power_loss/new_tokens.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/database.h"
#include "support/simulated_strava.h"

namespace hookspool::power_loss {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

constexpr std::int64_t kAthlete = 134815;
constexpr std::int64_t kOther = 227615;

/// Not every call is tried unless all are asked for.
constexpr int kStep = 25;

/// A fetcher whose athlete has authorized the application, and who is told of each change.
class Host {
 public:
  explicit Host(bool settles)
      : host_(strava_.url(), std::string("[fetcher]\nstreams = [\"time\"]\n"
                                         "concurrency = 2\nreconcile_every = \"0s\"\nsettle = ") +
                                 (settles ? "true" : "false") +
                                 "\n[notify]\ncommand = \"hook\"\n") {
    std::ofstream(host_.beside("hook"))
        << "#!/bin/sh\nsed 's/$/ '\"$1\"'/' >> '" << host_.beside("told").string() << "'\n";
    std::filesystem::permissions(host_.beside("hook"), std::filesystem::perms::owner_all);
    in_store([this](store::Database& database) {
      store::Athlete athlete;
      athlete.id = event::AthleteId{kAthlete};
      athlete.refresh_token = Secret(strava_.add_athlete(kAthlete).refresh_token);
      store::Athletes(database).put(athlete, clock_.now());
    });
  }

  /// A second athlete, whose access token lasts.
  void add_other() const {
    store::Athlete athlete;
    athlete.id = event::AthleteId{kOther};
    athlete.refresh_token = Secret(strava_.add_athlete(kOther).refresh_token);
    const auto valid = strava_.control("GET", "/_sim/athletes/" + std::to_string(kOther));
    athlete.access_token = Secret(valid["access_token"].asString());
    athlete.access_expires_at =
        std::chrono::sys_seconds(std::chrono::seconds(valid["expires_at"].asInt64()));
    in_store(
        [&](store::Database& database) { store::Athletes(database).put(athlete, clock_.now()); });
  }
  /// Strava takes its time for the next new token.
  void slow_down_tokens() const {
    Json::Value fault;
    fault["path_regex"] = "/oauth/token";
    fault["kind"] = "slow_body";
    fault["delay_ms"] = 100;
    strava_.control("POST", "/_sim/faults", fault);
  }

  /// New activities with a track, of which no event tells.
  std::vector<std::int64_t> record(int count, std::int64_t athlete = kAthlete) const {
    Json::Value recorded;
    recorded["athlete_id"] = static_cast<Json::Int64>(athlete);
    recorded["manual"] = false;
    recorded["count"] = count;
    recorded["event"] = false;
    const Json::Value answer = strava_.control("POST", "/_sim/activities", recorded);
    std::vector<std::int64_t> ids;
    for (const Json::Value& id : answer["ids"]) ids.push_back(id.asInt64());
    return ids;
  }
  /// The same, and they are stored.
  std::vector<std::int64_t> keep(int count) const {
    std::vector<std::int64_t> ids = record(count);
    spool(ids, "create");
    EXPECT_EQ(host_.fetch().exit_code, 0);
    std::filesystem::remove(host_.beside("told"));
    strava_.control("DELETE", "/_sim/requests");
    return ids;
  }
  void spool(const std::vector<std::int64_t>& ids, const std::string& aspect_type,
             std::int64_t athlete = kAthlete) const {
    for (const std::int64_t id : ids) host_.spool("activity", id, aspect_type, "", athlete);
  }
  void spool_deauthorization() const {
    host_.spool("athlete", kAthlete, "update", R"("authorized":"false")");
  }
  /// The other one's answer on Strava's page, of which the receiver has told.
  void spool_authorization() {
    authorizing_ = true;
    const Secret code(strava_.add_athlete(kOther).code);
    host_.spool_body(event::to_body({"state", code, "read,activity:read_all", ""}));
  }
  void delete_at_strava(std::int64_t id) const {
    strava_.control("DELETE", "/_sim/activities/" + std::to_string(id) + "?event=false");
  }

  template <typename Action>
  std::invoke_result_t<Action, store::Database&> in_store(Action action) const {
    store::Database database(host_.store_url());
    return action(database);
  }

  /// Fetches, meeting the fault, and then without one until nothing is left to do.
  Attempted attempt(const std::string& rule) {
    const test::ProgramRun run = host_.fetch(rule);
    const Recording recording = host_.recording();
    const Attempted attempted{has_struck(run), count_changes(recording)};
    host_.expect_sound_store();
    const bool has_rotated = requests("/oauth/token") > 0;
    if (rule.empty() && has_rotated) {
      EXPECT_TRUE(changes_since_new_tokens(recording).value_or(0) > 0) << "the record lacks calls";
    }
    // The first look at what is left is a fetcher's.
    fetch_unharmed();
    constexpr int kMost = 5;
    for (int i = 0; i < kMost && is_work_left(); ++i) {
      if (authorize_again()) ++lost_tokens_;
      make_due();
      fetch_unharmed();
    }
    EXPECT_FALSE(is_work_left()) << run.errors;
    EXPECT_LE(lost_tokens_, has_rotated ? 1 : 0) << run.errors;
    if (lost_tokens_ > 0 && run.exit_code != kKilled) {
      EXPECT_EQ(run.exit_code, static_cast<int>(ExitCode::kSystem));
      EXPECT_THAT(run.errors, HasSubstr("hookspoolctl authorize is needed again"));
    }
    if (lost_tokens_ > 0) expect_lost_in_a_moment(rule, recording);
    host_.expect_sound_store();
    return attempted;
  }

  /// How many requests came to paths that contain the text.
  int requests(const std::string& path) const {
    return static_cast<int>(strava_.control("GET", "/_sim/requests?path=" + path).size());
  }
  /// A line for each word: the message, and its kind.
  std::string told() const {
    std::ostringstream text;
    text << std::ifstream(host_.beside("told")).rdbuf();
    return text.str();
  }
  void expect_told(const std::vector<std::int64_t>& ids, const std::string& kind) const {
    for (const std::int64_t id : ids) {
      EXPECT_THAT(told(),
                  testing::ContainsRegex("\"object_id\":" + std::to_string(id) + "[^\n]* " + kind));
    }
  }
  std::vector<std::int64_t> stored() const {
    return in_store([](store::Database& database) {
      std::vector<std::int64_t> ids;
      constexpr std::size_t kMost = 100;
      for (const auto& activity : store::Activities(database).list(kMost)) {
        ids.push_back(static_cast<std::int64_t>(activity.id));
      }
      return ids;
    });
  }
  std::int64_t count(const std::string& query) const {
    return in_store([&query](store::Database& database) {
      std::int64_t count = 0;
      database.session() << "SELECT COUNT(*) FROM " + query, soci::into(count);
      return count;
    });
  }
  std::int64_t counted(const char* counter) const {
    return in_store([counter](store::Database& database) {
      return store::Counters(database).get(counter).count;
    });
  }
  const test::SimulatedStrava& strava() const { return strava_; }

 private:
  /// Once Strava has ended a token the one that follows is for a moment in the fetcher only. What
  /// one error keeps from the store is stored all the same.
  static void expect_lost_in_a_moment(const std::string& rule, const Recording& recording) {
    constexpr int kMost = 20;
    EXPECT_THAT(rule, testing::Not(HasSubstr("times=1")));
    const std::optional<int> changes = changes_since_new_tokens(recording);
    ASSERT_TRUE(changes) << "tokens were asked for after the store had refused something";
    EXPECT_LE(*changes, kMost);
  }

  void fetch_unharmed() const {
    const test::ProgramRun run = host_.fetch();
    EXPECT_FALSE(has_struck(run)) << run.errors;
  }
  bool is_work_left() const {
    return count("jobs") + count("notifications") + count("authorizations WHERE ended = 0") > 0;
  }
  /// As if so much time had passed that nothing has to wait.
  void make_due() const {
    in_store([](store::Database& database) {
      database.session() << "UPDATE jobs SET due_us = 0 WHERE dead = 0";
      database.session() << "UPDATE notifications SET due_us = 0 WHERE dead = 0";
      database.session() << "UPDATE authorizations SET due_us = 0 WHERE ended = 0";
    });
  }
  /// If Strava has rotated the token, or taken the code, and the new one was lost. Whether it was.
  bool authorize_again() const {
    if (authorizing_ && count("athletes WHERE id = " + std::to_string(kOther)) == 0 &&
        count("authorizations WHERE ended = 0") == 0) {
      add_other();
      return true;
    }
    return in_store([this](store::Database& database) {
      store::Athletes athletes(database);
      auto athlete = athletes.find(event::AthleteId{kAthlete});
      if (!athlete || !athlete->stopped_because) return false;
      const auto valid = strava_.control("GET", "/_sim/athletes/" + std::to_string(kAthlete));
      EXPECT_NE(athlete->refresh_token.reveal(), valid["refresh_token"].asString());
      athlete->refresh_token = Secret(valid["refresh_token"].asString());
      athlete->access_token = Secret();
      athletes.put(*athlete, clock_.now());
      return true;
    });
  }

  SystemClock clock_;
  test::SimulatedStrava strava_;
  FetcherHost host_;
  bool authorizing_ = false;
  int lost_tokens_ = 0;
};

class TransactionFault : public testing::TestWithParam<Fault> {
 protected:
  /// `body` has a new host attempt something under the rule, and looks at what came of it.
  template <typename Body>
  void at_each_fault(Body body) {
    at_each_call(GetParam(), kStep, [&](const std::string& rule) {
      Host host(settles_);
      const Attempted attempted = body(host, rule);
      expect_no_call_in_vain(host, rule);
      return attempted;
    });
  }

  bool settles_ = false;

 private:
  /// The API's calls since the host's last keep() are those that were made without a fault, and
  /// what was under way when it struck.
  void expect_no_call_in_vain(const Host& host, const std::string& rule) {
    constexpr int kInVain = 2;
    const int calls = host.requests("/api/v3/");
    if (rule.empty()) needed_ = calls;
    EXPECT_GT(needed_, 0);
    EXPECT_LE(calls, needed_ + kInVain);
  }

  int needed_ = 0;
};

TEST_P(TransactionFault, InAFetchLosesNeitherActivitiesNorStreams) {
  at_each_fault([](Host& host, const std::string& rule) {
    // What is stored for the other athlete may fail while Strava rotates a token.
    host.add_other();
    auto ids = host.record(2, kOther);
    host.spool(ids, "create", kOther);
    host.slow_down_tokens();
    for (const std::int64_t id : host.record(2)) {
      ids.push_back(id);
      host.spool({id}, "create");
    }
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), UnorderedElementsAreArray(ids));
    EXPECT_EQ(host.count("streams WHERE are_none = 0"), 4);
    host.expect_told(ids, "activity.stored");
    return attempted;
  });
}

TEST_P(TransactionFault, InADeletionKeepsWhatCanBeBroughtBackAndCountsOnce) {
  at_each_fault([](Host& host, const std::string& rule) {
    const auto ids = host.keep(4);
    for (const std::int64_t id : ids) host.delete_at_strava(id);
    host.spool(ids, "delete");
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), testing::IsEmpty());
    EXPECT_EQ(host.count("deleted_activities"), 4);
    host.expect_told(ids, "activity.deleted");
    EXPECT_EQ(host.counted(store::counter::kConfirmedDelete), 4);
    return attempted;
  });
}

TEST_P(TransactionFault, InABackfillStoresTheWholeHistory) {
  at_each_fault([](Host& host, const std::string& rule) {
    const auto ids = host.record(3);
    host.in_store([](store::Database& database) {
      fetcher::begin_backfill(database, {}, SystemClock().now());
    });
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), UnorderedElementsAreArray(ids));
    EXPECT_EQ(host.count("listings WHERE ended_us IS NULL"), 0);
    EXPECT_EQ(host.count("listed_activities"), 0);
    host.expect_told(ids, "activity.stored");
    return attempted;
  });
}

TEST_P(TransactionFault, InAReconciliationEndsWithWhatStravaHas) {
  at_each_fault([](Host& host, const std::string& rule) {
    auto ids = host.keep(3);
    const std::int64_t gone = ids.back();
    host.delete_at_strava(gone);
    ids.pop_back();
    Json::Value edit;
    edit["name"] = "Messy";
    edit["event"] = false;
    host.strava().control("PATCH", "/_sim/activities/" + std::to_string(ids.front()), edit);
    for (const std::int64_t id : host.record(1)) ids.push_back(id);
    host.in_store([](store::Database& database) {
      // Fetched before it begins.
      database.session() << "UPDATE activities SET fetched_us = fetched_us - 1000000";
      const auto athlete = store::Athletes(database).find(event::AthleteId{kAthlete});
      fetcher::begin_reconciliation(database, athlete.value(), {}, SystemClock().now());
    });
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), UnorderedElementsAreArray(ids));
    EXPECT_EQ(host.count("activities WHERE name = 'Messy'"), 1);
    EXPECT_EQ(host.count("deleted_activities"), 1);
    EXPECT_EQ(host.counted(store::counter::kConfirmedDelete), 1);
    host.expect_told({gone}, "activity.deleted");
    host.expect_told({ids.front()}, "activity.updated");
    host.expect_told({ids.back()}, "activity.stored");
    return attempted;
  });
}

TEST_P(TransactionFault, InTheLastLookSettlesAndTells) {
  settles_ = true;
  at_each_fault([](Host& host, const std::string& rule) {
    const auto ids = host.keep(2);
    // As if they had appeared three hours ago.
    host.in_store([](store::Database& database) {
      database.session() << "UPDATE jobs SET settling_since = settling_since - 10800, due_us = 0";
    });
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), UnorderedElementsAreArray(ids));
    host.expect_told(ids, "activity.settled");
    return attempted;
  });
}

TEST_P(TransactionFault, InAnAuthorizationFetchesWhatWaitedForIt) {
  at_each_fault([](Host& host, const std::string& rule) {
    host.spool_authorization();
    const auto ids = host.record(1, kOther);
    host.spool(ids, "create", kOther);
    host.slow_down_tokens();
    const Attempted attempted = host.attempt(rule);

    EXPECT_EQ(host.count("athletes WHERE id = " + std::to_string(kOther)), 1);
    EXPECT_THAT(host.stored(), UnorderedElementsAreArray(ids));
    host.expect_told(ids, "activity.stored");
    return attempted;
  });
}

TEST_P(TransactionFault, InADeauthorizationLeavesNothingOfTheAthletes) {
  at_each_fault([](Host& host, const std::string& rule) {
    host.keep(2);
    host.strava().control("POST", "/_sim/athletes/134815/revoke", Json::Value(Json::objectValue));
    host.spool_deauthorization();
    const Attempted attempted = host.attempt(rule);

    EXPECT_EQ(host.count("athletes"), 0);
    EXPECT_THAT(host.stored(), testing::IsEmpty());
    EXPECT_EQ(host.count("streams"), 0);
    EXPECT_EQ(host.count("deleted_activities"), 0);
    EXPECT_EQ(host.count("events WHERE body <> ''"), 0);
    EXPECT_EQ(host.counted(store::counter::kConfirmedDeauthorization), 1);
    EXPECT_THAT(host.told(), HasSubstr("athlete.deauthorized"));
    return attempted;
  });
}

TEST_P(TransactionFault, InForgettingWhatWasDeletedLeavesNothingOfIt) {
  at_each_fault([](Host& host, const std::string& rule) {
    const auto ids = host.keep(3);
    host.in_store([&ids](store::Database& database) {
      store::Activities(database).remove(
          event::ActivityId{ids[0]},
          SystemClock().now() - fetcher::kKeepDeleted - std::chrono::hours(1));
    });
    host.delete_at_strava(ids[1]);
    host.spool({ids[1]}, "delete");
    const Attempted attempted = host.attempt(rule);

    EXPECT_THAT(host.stored(), testing::ElementsAre(ids[2]));
    EXPECT_EQ(host.count("deleted_activities WHERE id = " + std::to_string(ids[1])), 1);
    EXPECT_EQ(host.count("deleted_activities"), 1);
    EXPECT_EQ(host.count("streams"), 2);
    host.expect_told({ids[1]}, "activity.deleted");
    EXPECT_EQ(host.counted(store::counter::kConfirmedDelete), 1);
    EXPECT_EQ(host.count("events WHERE body <> '' AND object_id = " + std::to_string(ids[0])), 0);
    return attempted;
  });
}

INSTANTIATE_TEST_SUITE_P(EveryFault, TransactionFault, testing::ValuesIn(kFaults),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hookspool::power_loss
