// Everything that can go wrong goes wrong, at random and under load, and then a ledger of every 200
// is held against what the store has.
//
// environment: TORTURE_SECONDS, for how long (10); TORTURE_SEED, to choose the same again

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "e2e/load.h"
#include "store/database.h"
#include "store/events.h"
#include "torture/troubles.h"
#include "torture/victim.h"

namespace hookspool::torture {
namespace {

using namespace std::chrono_literals;

/// Nobody who has authorized, so that these events are not fetched, only kept.
constexpr std::int64_t kStranger = 999;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

/// What the ids of events that go through CGI programs begin with.
constexpr std::int64_t kByCgi = 1'000'000'000'000'000;

std::string event_of(std::int64_t id, std::int64_t subscription) {
  Json::Value event = e2e::from_text(e2e::event_body(id, "create", 1'790'000'000, subscription));
  event["owner_id"] = Json::Int64{kStranger};
  return e2e::to_text(event);
}

/// A third of them is killed on the way, another third has system calls that go wrong.
CgiTrouble cgi_trouble() {
  static const std::vector<std::string> kRules{
      "write:EIO:path=/current",
      "write:SHORT:path=/current",
      "write:TORN:path=/current",
      "write:ENOSPC:path=/current",
      "fdatasync:EIO",
      "fsync:EIO",
      "open:EMFILE:after=1",
      "any:EROFS",
      "any:KILL:after=1",
      "any:KILL:after=2",
      "any:KILL:after=3",
      "answer:KILL",
      "write:SHORT:path=/current write:EDQUOT:after=1:path=/current truncate:EIO"};
  thread_local std::mt19937 random(std::random_device{}());
  const auto below = [](int limit) {
    return std::uniform_int_distribution<int>(0, limit - 1)(random);
  };
  switch (below(3)) {
    case 0:
      return {1 + below(9'000), ""};
    case 1:
      return {std::nullopt,
              kRules[static_cast<std::size_t>(below(static_cast<int>(kRules.size())))]};
    default:
      return {};
  }
}

/// How often the store has an event on each object.
std::map<std::int64_t, int> kept(const std::filesystem::path& database) {
  store::Database store("sqlite:" + database.string());
  store::Events::Query all;
  all.most = std::numeric_limits<std::int32_t>::max();
  std::map<std::int64_t, int> times;
  for (const auto& accepted : store::Events(store).list(all)) ++times[accepted.event.object_id];
  return times;
}

/// Which activities Strava told of and got 200 for.
std::set<std::int64_t> told(const e2e::Strava& strava) {
  std::set<std::int64_t> ids;
  for (const Json::Value& delivery : strava.control("GET", "/_sim/deliveries?state=acknowledged")) {
    ids.insert(e2e::from_text(delivery["body"].asString())["object_id"].asInt64());
  }
  return ids;
}

class Torture : public testing::Test {
 protected:
  void trouble_until(std::chrono::steady_clock::time_point end) {
    const std::vector<Trouble> all = troubles(victim_);
    while (std::chrono::steady_clock::now() < end) {
      const Trouble& trouble = all[random_() % all.size()];
      ++struck_[trouble.name];
      trouble.strike(victim_, random_);
      // The moments are the point here, so they are drawn, not waited for.
      const auto until = std::chrono::steady_clock::now() + 1ms * (random_() % 700);
      do {
        victim_.stage().strava().create_activity();
        e2e::pause_briefly();
        if (random_() % 4 == 0) victim_.tend();
      } while (std::chrono::steady_clock::now() < until);
      if (random_() % 2 == 0) victim_.heal();
    }
    victim_.heal();
  }

  void drain() {
    ASSERT_TRUE(e2e::eventually(
        [&] {
          const e2e::Finished drained = victim_.stage().drain();
          return drained.exit_code == 0 && std::filesystem::is_empty(sealed()) &&
                 !std::filesystem::exists(victim_.stage().spool() / "current");
        },
        std::chrono::minutes(5)));
  }
  std::filesystem::path sealed() { return victim_.stage().spool() / "sealed"; }

  const unsigned seed_ = from_environment("TORTURE_SEED", std::random_device{}());
  std::mt19937 random_{seed_};
  Victim victim_;
  std::map<std::string, int> struck_;
};

TEST_F(Torture, LosesNothingAndKeepsNothingTwice) {
  const std::chrono::seconds duration(from_environment("TORTURE_SECONDS", 10));
  SCOPED_TRACE("TORTURE_SEED=" + std::to_string(seed_));
  e2e::Stage& stage = victim_.stage();
  const std::int64_t subscription = stage.strava().subscription();
  std::atomic<std::int64_t> posted = 0;
  e2e::Load web(
      [&](std::int64_t id) {
        // So that the fetcher keeps up, which gives each of these up by itself.
        if (++posted % 8 == 0) e2e::pause_briefly();
        return stage.post(event_of(id, subscription)).status;
      },
      4);
  e2e::Load cgi(
      [&](std::int64_t id) {
        ++posted;
        return victim_.post_by_cgi(event_of(kByCgi + id, subscription), cgi_trouble());
      },
      2);

  trouble_until(std::chrono::steady_clock::now() + duration);
  web.wait_for_more(10);

  const std::set<std::int64_t> by_web = web.stop();
  const std::set<std::int64_t> by_cgi = cgi.stop();
  stage.strava().wait_for_deliveries();
  const std::set<std::int64_t> by_strava = told(stage.strava());
  victim_.stop_all();
  drain();

  const std::map<std::int64_t, int> events = kept(stage.directory() / "hookspool.db");
  const auto activities = stage.stored();
  int lost = 0;
  const auto expect_kept = [&](std::int64_t id) { lost += events.contains(id) ? 0 : 1; };
  for (const std::int64_t id : by_web) expect_kept(id);
  for (const std::int64_t id : by_cgi) expect_kept(kByCgi + id);
  for (const std::int64_t id : by_strava) {
    expect_kept(id);
    EXPECT_EQ(activities.count(id), 1) << "activity " << id;
  }
  int twice = 0;
  // Strava itself sends an event again that it got no answer for in time.
  for (const auto& [id, times] : events) twice += times > 1 && !by_strava.contains(id) ? 1 : 0;

  EXPECT_EQ(lost, 0);
  EXPECT_EQ(twice, 0);
  EXPECT_GT(by_web.size(), 0);
  EXPECT_GT(by_cgi.size(), 0);
  std::cout << "figure: torture of " << duration.count() << " s: " << posted << " events posted, "
            << by_web.size() + by_cgi.size() + by_strava.size() << " answered with 200 ("
            << by_cgi.size() << " by CGI), lost " << lost << ", twice " << twice << ", "
            << activities.size() << " activities stored\n";
  for (const auto& [name, times] : struck_) std::cout << times << " times " << name << "\n";
  if (!victim_.why_no_disk().empty()) {
    std::cout << "no disk was filled or turned read-only: " << victim_.why_no_disk() << "\n";
  }
}

}  // namespace
}  // namespace hookspool::torture
