// What events cost, counted in the simulated Strava's log of requests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "fetcher/fetcher_program.h"
#include "store/counters.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

constexpr const char* kStreams = "[fetcher]\nstreams = [\"time\", \"latlng\"]\n";

struct Spooled {
  const char* aspect;
  const char* updates = "";
};

class CallsPerEventTest : public FetcherProgramTest {
 protected:
  CallsPerEventTest() { write_configuration(test::SimulatedStrava::kClientSecret); }

  /// How many calls to the API the events cost, spooled together.
  int calls_for(std::int64_t id, const std::vector<Spooled>& events) {
    const int before = api_calls();
    for (const Spooled& event : events) spool("activity", id, event.aspect, event.updates);
    run({"--drain"});
    return api_calls() - before;
  }
  void keep_streams() const { write_configuration(test::SimulatedStrava::kClientSecret, kStreams); }
  int api_calls() const { return requests("/activities/"); }
  std::int64_t stored_activity() {
    const std::int64_t id = spool_new_activity();
    run({"--drain"});
    EXPECT_TRUE(is_stored(id));
    return id;
  }
  std::string name_of(std::int64_t id) {
    return store::Activities(database_).find(event::ActivityId{id})->name.value_or("");
  }
};

constexpr const char* kTitle = R"("title":"Messy")";
constexpr const char* kPrivate = R"("private":"true")";
constexpr const char* kPublic = R"("private":"false")";
constexpr const char* kType = R"("type":"Walk")";

TEST_F(CallsPerEventTest, OnAnActivityThatIsNotStored) {
  struct Case {
    const char* what;
    std::vector<Spooled> events;
    int calls;
  };
  const std::vector<Case> reductions{
      {"create", {{"create"}}, 1},
      {"create and its repeats", {{"create"}, {"create"}, {"create"}}, 1},
      {"create and ten updates",
       {{"create"},
        {"update", kTitle},
        {"update", kType},
        {"update", kPrivate},
        {"update", kTitle},
        {"update", kType},
        {"update", kPublic},
        {"update", kTitle},
        {"update", kType},
        {"update", kTitle},
        {"update", kTitle}},
       1},
      {"update", {{"update", kTitle}}, 1},
      {"create and delete", {{"create"}, {"delete"}}, 0},
      {"delete and create of one second", {{"delete"}, {"create"}}, 0},
      {"create, update and delete", {{"create"}, {"update", kTitle}, {"delete"}}, 0},
      {"delete", {{"delete"}}, 0}};
  for (const Case& reduction : reductions) {
    EXPECT_EQ(calls_for(strava_.add_activity(kAthlete), reduction.events), reduction.calls)
        << reduction.what;
  }
  keep_streams();
  for (const Case& reduction : reductions) {
    EXPECT_EQ(calls_for(strava_.add_activity(kAthlete), reduction.events), 2 * reduction.calls)
        << reduction.what << ", with streams";
  }
}

TEST_F(CallsPerEventTest, OnAnActivityThatIsStored) {
  struct Case {
    const char* what;
    std::vector<Spooled> events;
    int calls;
  };
  const std::vector<Case> reductions{
      {"a title", {{"update", kTitle}}, 0},
      {"a title and made private", {{"update", kTitle}, {"update", kPrivate}}, 0},
      {"a type, which may be finer", {{"update", kType}}, 1},
      {"no longer private", {{"update", kPublic}}, 1},
      {"a title and a type", {{"update", kTitle}, {"update", kType}}, 1},
      {"an update of an unknown field", {{"update", R"("gear":"b1")"}}, 1},
      {"a forged delete", {{"delete"}}, 1},
      {"a forged delete and its repeats", {{"delete"}, {"delete"}, {"delete"}}, 1},
      {"an update and a forged delete", {{"update", kType}, {"delete"}}, 1}};
  for (const Case& reduction : reductions) {
    EXPECT_EQ(calls_for(stored_activity(), reduction.events), reduction.calls) << reduction.what;
  }
  // Those that are stored are there already, and none of this changes them.
  keep_streams();
  for (const Case& reduction : reductions) {
    EXPECT_EQ(calls_for(stored_activity(), reduction.events), reduction.calls)
        << reduction.what << ", with streams";
  }
}

TEST_F(CallsPerEventTest, ATitleIsAppliedAtOnce) {
  const std::int64_t id = stored_activity();
  calls_for(id, {{"update", kTitle}, {"update", kPrivate}});

  EXPECT_EQ(name_of(id), "Messy");
  const auto stored = store::Activities(database_).find(event::ActivityId{id});
  EXPECT_EQ(stored->visibility, "only_me");
  EXPECT_THAT(stored->json, testing::HasSubstr(R"("name":"Messy")"));
}

TEST_F(CallsPerEventTest, ForgeriesDestroyNothingAndAreCounted) {
  const std::int64_t id = stored_activity();
  calls_for(id, {{"delete"}});
  spool("athlete", kAthlete, "update", R"("authorized":"false")");
  run({"--drain"});

  EXPECT_TRUE(is_stored(id));
  EXPECT_TRUE(store::Athletes(database_).find(event::AthleteId{kAthlete}));
  store::Counters counters(database_);
  EXPECT_EQ(counters.get(store::counter::kSuspiciousDelete).count, 1);
  EXPECT_EQ(counters.get(store::counter::kSuspiciousDeauthorization).count, 1);
  EXPECT_EQ(counters.get(store::counter::kConfirmedDelete).count, 0);
}

/// It has a time that is still to come, and would else have the last word until then.
TEST_F(CallsPerEventTest, AForgedUpdateHidesNoDeletion) {
  const std::int64_t id = stored_activity();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  test::spool_body(layout_, clock_.now(),
                   test::event_body("activity", id, "update", now + std::chrono::seconds(590),
                                    R"("type":"Walk")"));
  run({"--drain"});
  strava_.control("DELETE", "/_sim/activities/" + std::to_string(id));

  EXPECT_EQ(calls_for(id, {{"delete"}}), 1);
  EXPECT_FALSE(is_stored(id));
}

TEST_F(CallsPerEventTest, WhatIsTrueIsCarriedOutAndCounted) {
  const std::int64_t id = stored_activity();
  strava_.control("DELETE", "/_sim/activities/" + std::to_string(id));
  EXPECT_EQ(calls_for(id, {{"delete"}}), 1);
  EXPECT_FALSE(is_stored(id));
  EXPECT_EQ(store::Activities(database_).deleted().size(), 1U);
  EXPECT_TRUE(store::Activities(database_).undelete(event::ActivityId{id}));
  EXPECT_TRUE(is_stored(id));

  strava_.control("POST", "/_sim/athletes/" + std::to_string(kAthlete) + "/revoke");
  spool("athlete", kAthlete, "update", R"("authorized":"false")");
  run({"--drain"});
  EXPECT_FALSE(store::Athletes(database_).find(event::AthleteId{kAthlete}));
  EXPECT_FALSE(is_stored(id));
  store::Counters counters(database_);
  EXPECT_EQ(counters.get(store::counter::kConfirmedDelete).count, 1);
  EXPECT_EQ(counters.get(store::counter::kConfirmedDeauthorization).count, 1);
}

TEST_F(CallsPerEventTest, StreamsAreASecondCallWhereTheyAreConfigured) {
  keep_streams();
  const std::int64_t id = spool_new_activity();
  run({"--drain"});

  EXPECT_EQ(requests("/streams"), 1);
  EXPECT_EQ(api_calls(), 2);
  EXPECT_TRUE(is_stored(id));
}

/// The streams of some are not payable any more when their details are there.
TEST_F(CallsPerEventTest, ABudgetThatEndsInTheMiddleRepeatsNoCall) {
  keep_streams();
  Json::Value limit(Json::arrayValue);
  limit.append(15);
  limit.append(1000);
  strava_.set_switch("rate_limit_read", limit);
  for (int i = 0; i < 40; ++i) spool_new_activity();
  run({"--drain"});

  std::multiset<std::string> paths;
  for (const Json::Value& request : strava_.control("GET", "/_sim/requests?path=/activities/")) {
    EXPECT_EQ(request["status"].asInt(), 200);
    paths.insert(request["path"].asString());
  }
  EXPECT_EQ(std::set(paths.begin(), paths.end()).size(), paths.size()) << "one was asked for twice";
  const auto details = static_cast<std::int64_t>(paths.size()) - requests("/streams");
  EXPECT_EQ(store::Activities(database_).count(), details);
  // The quarter of an hour may have turned in between.
  EXPECT_THAT(paths.size(), testing::AnyOf(15, testing::AllOf(testing::Gt(15), testing::Le(30))));
}

/// Two fetchers and a budget of twenty: not one call more, and not one 429.
TEST_F(CallsPerEventTest, FetchersShareTheBudget) {
  Json::Value limit(Json::arrayValue);
  limit.append(20);
  limit.append(1000);
  strava_.set_switch("rate_limit_read", limit);
  // Whose first answer tells of the limit.
  stored_activity();
  for (int i = 0; i < 60; ++i) spool_new_activity();
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 2; ++i) processes.emplace_back([this] { run({"--drain"}); });
  }

  int refused = 0;
  for (const Json::Value& request : strava_.control("GET", "/_sim/requests?path=/activities/")) {
    if (request["status"].asInt() == 429) ++refused;
  }
  EXPECT_EQ(refused, 0);
  // The quarter of an hour may have turned in between.
  EXPECT_THAT(api_calls(), testing::AnyOf(20, testing::AllOf(testing::Gt(20), testing::Le(40))));
  EXPECT_EQ(store::Activities(database_).count(), api_calls());
}

}  // namespace
}  // namespace hookspool::fetcher
