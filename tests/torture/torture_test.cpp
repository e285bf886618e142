// Everything that can go wrong goes wrong, at random and under load, and then a ledger of every 200
// is held against what the store has.
//
// environment: TORTURE_SECONDS, for how long (10); TORTURE_SEED, to choose the same again

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
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

/// A receiver that refuses more than all but one of so many hardly worked.
constexpr std::size_t kMostRefused = 10;
/// Each of two dozen troubles that come twice a second is then due some dozen times.
constexpr std::chrono::seconds kLongEnoughForAll = 3min;

std::string event_of(std::int64_t id, std::int64_t subscription) {
  Json::Value event = e2e::from_text(e2e::event_body(id, "create", 1'790'000'000, subscription));
  event["owner_id"] = Json::Int64{kStranger};
  return e2e::to_text(event);
}

/// A third of them is killed on the way, another third has system calls that go wrong. Events are
/// posted by several threads, in no certain order, so the choice is the event's own.
CgiTrouble cgi_trouble(unsigned seed, std::int64_t event) {
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
  std::seed_seq seeds{std::int64_t{seed}, event};
  std::mt19937 random(seeds);
  const auto below = [&random](int limit) {
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
  std::map<std::int64_t, int> times;
  for (const auto& accepted : store::Events(store).list({})) ++times[accepted.event.object_id];
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

/// How often Strava has tried to deliver what there was to tell of each activity.
std::map<std::int64_t, int> tries(const e2e::Strava& strava) {
  std::map<std::int64_t, int> tries;
  for (const Json::Value& delivery : strava.control("GET", "/_sim/deliveries")) {
    const std::int64_t id = e2e::from_text(delivery["body"].asString())["object_id"].asInt64();
    tries[id] += static_cast<int>(delivery["attempts"].size());
  }
  return tries;
}

/// Those that were answered with 200 and are not in the store.
std::set<std::int64_t> lost(const std::set<std::int64_t>& acknowledged,
                            const std::map<std::int64_t, int>& events) {
  std::set<std::int64_t> lost;
  for (const std::int64_t id : acknowledged) {
    if (!events.contains(id)) lost.insert(id);
  }
  return lost;
}

class Torture : public testing::Test {
 protected:
  void trouble_until(std::chrono::steady_clock::time_point end) {
    const std::vector<Trouble> all = troubles(victim_);
    while (std::chrono::steady_clock::now() < end) {
      const Trouble& trouble = all[random_() % all.size()];
      struck_[trouble.name] += trouble.strike(victim_, random_) ? 1 : 0;
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
    e2e::Finished drained{};
    ASSERT_TRUE(e2e::eventually(
        [&] {
          drained = victim_.stage().drain();
          return drained.exit_code == 0 && waiting_segments().empty();
        },
        std::chrono::minutes(5)))
        << "exit code " << drained.exit_code << ", " << drained.errors << "\nthere wait "
        << testing::PrintToString(waiting_segments());
  }
  /// An empty current one is what a receiver leaves that was killed before its first record, or
  /// whose disk took none. The next one goes on with it.
  std::vector<std::filesystem::path> waiting_segments() {
    const std::filesystem::path current = victim_.stage().spool() / "current";
    std::vector<std::filesystem::path> segments;
    for (const auto& entry : std::filesystem::directory_iterator(current.parent_path() / "sealed"))
      segments.push_back(entry.path());
    if (std::filesystem::exists(current) && !std::filesystem::is_empty(current))
      segments.push_back(current);
    return segments;
  }

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
  std::atomic<std::size_t> posted_by_web = 0;
  std::atomic<std::size_t> posted_by_cgi = 0;
  e2e::Load web(
      [&](std::int64_t id) {
        // So that the fetcher keeps up, which gives each of these up by itself.
        if (++posted_by_web % 8 == 0) e2e::pause_briefly();
        return stage.post(event_of(id, subscription)).status;
      },
      4);
  e2e::Load cgi(
      [&](std::int64_t id) {
        ++posted_by_cgi;
        return victim_.post_by_cgi(event_of(kByCgi + id, subscription), cgi_trouble(seed_, id));
      },
      2);

  trouble_until(std::chrono::steady_clock::now() + duration);
  web.wait_for_more(10);

  const std::set<std::int64_t> by_web = web.stop();
  std::set<std::int64_t> by_cgi;
  for (const std::int64_t id : cgi.stop()) by_cgi.insert(kByCgi + id);
  stage.strava().wait_for_deliveries();
  const std::set<std::int64_t> by_strava = told(stage.strava());
  const std::map<std::int64_t, int> sent = tries(stage.strava());
  victim_.stop_all();
  drain();

  const std::map<std::int64_t, int> events = kept(stage.directory() / "hookspool.db");
  const auto activities = stage.stored();
  std::set<std::int64_t> acknowledged = by_web;
  acknowledged.insert(by_cgi.begin(), by_cgi.end());
  acknowledged.insert(by_strava.begin(), by_strava.end());
  for (const std::int64_t id : by_strava) {
    EXPECT_EQ(activities.count(id), 1) << "activity " << id;
  }
  int twice = 0;
  for (const auto& [id, times] : events) {
    // Strava itself sends an event again that it got no answer for in time.
    const auto of_strava = sent.find(id);
    twice += times > (of_strava == sent.end() ? 1 : of_strava->second) ? 1 : 0;
  }

  EXPECT_EQ(lost(acknowledged, events), std::set<std::int64_t>());
  EXPECT_EQ(twice, 0);
  // A ledger with nothing in it would be in order, too.
  EXPECT_GT(by_web.size(), posted_by_web / kMostRefused);
  EXPECT_GT(by_cgi.size(), posted_by_cgi / kMostRefused);
  if (duration >= kLongEnoughForAll) {
    for (const Trouble& trouble : troubles(victim_))
      EXPECT_GT(struck_[trouble.name], 0) << trouble.name;
  }
  std::cout << "figure: torture of " << duration.count() << " s: " << posted_by_web + posted_by_cgi
            << " events posted, " << acknowledged.size() << " answered with 200 (" << by_cgi.size()
            << " by CGI), lost " << lost(acknowledged, events).size() << ", twice " << twice << ", "
            << activities.size() << " activities stored\n";
  for (const auto& [name, times] : struck_) std::cout << times << " times " << name << "\n";
  if (!victim_.why_no_disk().empty()) {
    std::cout << "figure: no disk was filled or turned read-only: " << victim_.why_no_disk()
              << "\n";
  }
}

TEST_F(Torture, EndsThoughTheDiskRefusedTheOnlyEvent) {
  const std::string event = event_of(1, victim_.stage().strava().subscription());
  ASSERT_EQ(victim_.post_by_cgi(event, {std::nullopt, "write:ENOSPC:path=/current"}), 0);
  victim_.stop_all();
  ASSERT_TRUE(std::filesystem::exists(victim_.stage().spool() / "current"));
  drain();

  EXPECT_TRUE(kept(victim_.stage().directory() / "hookspool.db").empty());
}

/// What the ledger finds where a disk lies is a measure of what it proves otherwise.
TEST_F(Torture, FindsThatAnEventWasAcknowledgedAndNotWritten) {
  const std::int64_t subscription = victim_.stage().strava().subscription();
  const auto post = [&](std::int64_t id, const std::string& rules) {
    return victim_.post_by_cgi(event_of(id, subscription), {std::nullopt, rules});
  };
  ASSERT_EQ(post(1, ""), 200);
  ASSERT_EQ(post(2, "write:LIE:path=/current"), 200);
  ASSERT_EQ(post(3, ""), 200);
  victim_.stop_all();
  drain();

  const auto events = kept(victim_.stage().directory() / "hookspool.db");
  EXPECT_EQ(lost({1, 2, 3}, events), std::set<std::int64_t>{2});
}

}  // namespace
}  // namespace hookspool::torture
