// Thirty days in the life of an application, at the speed of the machine: the clock is the test's,
// and everything else is real, the simulated Strava's windows included.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/value.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fetcher/backfill.h"
#include "fetcher/budget.h"
#include "fetcher/process.h"
#include "fetcher/spooled_events.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/streams.h"
#include "store/temporary_store.h"
#include "strava/curl_transport.h"
#include "strava/json_body.h"
#include "support/fake_clock.h"
#include "support/http_server.h"
#include "support/kept_signal_mask.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kDays = 30;
constexpr int kAthletes = 10;
constexpr int kActivitiesADay = 50;
constexpr int kHistory = 500;  // of each athlete
const std::vector<std::string> kStreams{"time", "heartrate"};

/// What happens at its time, in the order of the times.
class Script {
 public:
  using Action = std::function<void()>;

  void at(Timestamp time, Action action) { actions_.emplace(time, std::move(action)); }
  std::optional<Timestamp> next() const {
    return actions_.empty() ? std::nullopt : std::optional(actions_.begin()->first);
  }
  void play_until(Timestamp now) {
    while (!actions_.empty() && actions_.begin()->first <= now) {
      const Action action = std::move(actions_.extract(actions_.begin()).mapped());
      action();
    }
  }

 private:
  std::multimap<Timestamp, Action> actions_;
};

/// The real network. While nothing is under way a sleep passes at once, by the test's clock.
class TimeLapse final : public strava::HttpTransport {
 public:
  /// `before` sees each request.
  using Before = std::function<void(const strava::HttpRequest&)>;

  TimeLapse(test::FakeClock& clock, test::SimulatedStrava& strava, Script& script, Before before)
      : clock_(clock), strava_(strava), script_(script), before_(std::move(before)) {}

  void start(strava::HttpRequest request, Completion completion) override {
    before_(request);
    network_.start(std::move(request), std::move(completion));
  }
  void wait(milliseconds timeout, std::span<const int> wake_on) override {
    if (network_.in_flight() > 0) return network_.wait(1s, wake_on);
    Timestamp until = clock_.now() + timeout;
    if (script_.next()) until = std::min(until, *script_.next());
    clock_.set(std::max(until, clock_.now()));
    strava_.set_clock(std::chrono::floor<seconds>(clock_.now()));
    script_.play_until(clock_.now());
  }
  void withdraw() override { network_.withdraw(); }
  std::size_t in_flight() const override { return network_.in_flight(); }

 private:
  strava::CurlTransport network_;
  test::FakeClock& clock_;
  test::SimulatedStrava& strava_;
  Script& script_;
  Before before_;
};

class ThirtyDaysTest : public testing::Test {
 protected:
  ThirtyDaysTest() {
    callback_.routes().Post("/hook", [this](const auto& request, auto&) {
      test::spool_body(layout_, clock_.now(), request.body);
    });
    Json::Value subscription;
    subscription["callback_url"] = callback_.url() + "/hook";
    strava_.control("POST", "/_sim/subscription", subscription);
    strava_.set_switch("event_drop_every", 25);
    strava_.set_switch("efforts_ready_after_seconds", 400);
    strava_.set_switch("streams_ready_after_seconds", 20);
    strava_.set_switch("list_short_pages", true);
    for (int i = 0; i < kAthletes; ++i) add_athlete(1000 + i);
  }

  void add_athlete(std::int64_t id) {
    const auto authorization = strava_.add_athlete(id);
    store::Athlete athlete;
    athlete.id = event::AthleteId{id};
    athlete.refresh_token = Secret(authorization.refresh_token);
    athlete.scope = test::SimulatedStrava::kFullScope;
    store::Athletes(store_.database()).put(athlete, clock_.now());
    Json::Value history;
    history["athlete_id"] = static_cast<Json::Int64>(id);
    history["count"] = kHistory;
    history["event"] = false;
    history["start_date"] = static_cast<Json::Int64>(
        (std::chrono::floor<seconds>(start_) - 2 * 24h).time_since_epoch().count());
    const Json::Value made = strava_.control("POST", "/_sim/activities", history);
    first_of_lists_.push_back(made["ids"][0].asInt64());
    for (const Json::Value& of_history : made["ids"]) history_.insert(of_history.asInt64());
  }

  void begin_backfill() {
    BackfillWish wish;
    wish.details = true;
    const auto listings = fetcher::begin_backfill(store_.database(), wish, clock_.now());
    EXPECT_EQ(listings.size(), std::size_t{kAthletes});
  }

  /// Once the first page of each list is here, what stands on it is deleted, which moves the others
  /// to other pages.
  void see(const strava::HttpRequest& request) {
    if (!request.url.ends_with("/athlete/activities")) return;
    if (++list_requests_ <= kAthletes) return;
    for (const std::int64_t id : std::exchange(first_of_lists_, {})) {
      strava_.control("DELETE", "/_sim/activities/" + std::to_string(id));
    }
    deliver();
  }

  void deliver() { strava_.control("POST", "/_sim/deliveries/wait", Json::objectValue); }

  /// An activity, of which Strava tells unless it loses the event; what may become of it.
  void create_activity() {
    Json::Value wish;
    wish["athlete_id"] = 1000 + static_cast<int>(random_() % kAthletes);
    const std::int64_t id = strava_.control("POST", "/_sim/activities", wish)["id"].asInt64();
    deliver();
    const Timestamp now = clock_.now();
    const auto delivered = strava_.control("GET", "/_sim/deliveries?state=acknowledged");
    const bool was_told = !delivered.empty() && is_of(delivered, id);
    strava_.control("DELETE", "/_sim/deliveries");
    if (was_told) script_.at(now + 60s, [this, id] { expect_stored(id); });
    const auto chance = random_() % 100;
    const std::string path = "/_sim/activities/" + std::to_string(id);
    if (chance < 10) {
      script_.at(now + 40min, [this, path] { change(path, "name", "a better title"); });
    } else if (chance < 14) {
      script_.at(now + 7h, [this, path] { change(path, "sport_type", "Walk"); });
    } else if (chance < 18) {
      script_.at(now + 30h, [this, path] {
        strava_.control("DELETE", path);
        deliver();
      });
    } else if (chance < 20) {
      script_.at(now + 20s, [this, path] {
        strava_.control("DELETE", path);
        deliver();
      });
      removed_at_once_.insert(id);
    } else if (chance < 26) {
      script_.at(now + 3h, [this, path, chance] { edit_unheard(path, chance - 20); });
    } else if (chance < 28) {
      script_.at(now + 3h, [this, path] {
        ++unheard_;
        strava_.control("DELETE", path + "?event=false");
      });
    }
  }
  /// What no event tells of reconciliation has to find out.
  void edit_unheard(const std::string& path, std::size_t which) {
    Json::Value edit;
    switch (which) {
      case 0:
        edit["name"] = "a title that nobody told of";
        break;
      case 1:
        edit["sport_type"] = "Hike";
        break;
      case 2:
        edit["private"] = true;
        break;
      case 3:
        edit["distance"] = 12345.5;
        break;
      case 4:
        edit["moving_time"] = 1234;
        break;
      default:
        edit["elapsed_time"] = 12345;
        break;
    }
    edit["gear_id"] = "b7654321";
    edit["event"] = false;
    ++unheard_;
    strava_.control("PATCH", path, edit);
  }
  static bool is_of(const Json::Value& deliveries, std::int64_t id) {
    return std::any_of(deliveries.begin(), deliveries.end(), [id](const Json::Value& delivery) {
      return delivery["body"].asString().find(std::to_string(id)) != std::string::npos;
    });
  }
  void change(const std::string& path, const char* field, const char* value) {
    Json::Value change;
    change[field] = value;
    strava_.control("PATCH", path, change);
    deliver();
  }

  void expect_stored(std::int64_t id) {
    if (removed_at_once_.contains(id)) return;
    if (is_out_) return;
    Budget budget(store_.database(), clock_, 0);
    if (budget.payable(store::Lane::kFresh) == 0) {
      ++waited_for_budget_;
      return;
    }
    ++told_;
    const bool is_stored =
        store::Activities(store_.database()).owner_of(event::ActivityId{id}).has_value();
    if (!is_stored) late_.push_back(id);
  }

  void begin_outage(const std::string& kind, int status) {
    is_out_ = true;
    Json::Value fault;
    fault["kind"] = kind;
    if (status != 0) fault["status"] = status;
    fault["times"] = -1;
    strava_.control("POST", "/_sim/faults", fault);
  }
  void end_outage() {
    strava_.control("DELETE", "/_sim/faults");
    script_.at(clock_.now() + 11min, [this] { is_out_ = false; });
  }

  /// At the end of a day: what was used of it, if work waited to the end.
  void look_at_the_day(int day, bool counts) {
    const Json::Value usage = strava_.control("GET", "/_sim/rate_limits");
    const int used = usage["read"][1].asInt();
    const auto waiting = store::Jobs(store_.database()).next_due(store::Lane::kBackfill);
    const bool work_waits = waiting && *waiting <= clock_.now();
    if (work_waits && counts) {
      ++full_days_;
      allowed_ += 1000;
      used_ += used;
    }
    std::cout << "day " << day << ": " << used << " of 1000 reads"
              << (work_waits ? ", work waits" : "") << (counts ? "" : ", Strava was out") << "\n";
  }

  void write_script() {
    for (int day = 0; day < kDays; ++day) {
      const Timestamp morning = start_ + days(day);
      const bool is_quiet = day == kDays - 1;
      for (int i = 0; !is_quiet && i < kActivitiesADay; ++i) {
        const seconds burst =
            day % 7 == 3 && i < 20 ? seconds(10 * 3600 + i) : seconds(random_() % 86'000);
        script_.at(morning + burst, [this] { create_activity(); });
      }
    }
    script_.at(start_ + 1h, [this] { begin_backfill(); });
    script_.at(start_ + days(4) + 9h, [this] { begin_outage("status", 503); });
    script_.at(start_ + days(4) + 12h, [this] { end_outage(); });
    script_.at(start_ + days(11) + 1h, [this] { begin_outage("cut", 0); });
    script_.at(start_ + days(11) + 9h, [this] { end_outage(); });
    script_.at(start_ + days(19) + 2h, [this] { begin_outage("html", 502); });
    script_.at(start_ + days(20) + 4h, [this] { end_outage(); });
    script_.at(start_ + days(15), [this] {
      is_out_ = true;
      strava_.set_switch("app_inactive", true);
    });
    script_.at(start_ + days(16), [this] {
      strava_.set_switch("app_inactive", false);
      script_.at(clock_.now() + 16min, [this] { is_out_ = false; });
    });
    for (int day = 0; day < kDays; ++day) {
      const bool was_out = day == 15 || day == 19;
      script_.at(start_ + days(day) + 24h - 1s,
                 [this, day, was_out] { look_at_the_day(day, !was_out); });
    }
    script_.at(start_ + days(kDays), [] { ::raise(SIGTERM); });
  }

  /// How many were refused for the rate limit, and in what company.
  static std::size_t tell_refused(const Json::Value& requests) {
    constexpr Json::ArrayIndex kBefore = 210;
    std::size_t refused = 0;
    for (Json::ArrayIndex i = 0; i < requests.size(); ++i) {
      if (requests[i]["status"].asInt() != 429) continue;
      ++refused;
      for (Json::ArrayIndex at = i < kBefore ? 0 : i - kBefore; at <= i; ++at) {
        std::cout << "before the 429: " << requests[at]["time"].asString() << " "
                  << requests[at]["method"].asString() << " " << requests[at]["path"].asString()
                  << " " << requests[at]["status"].asString() << "\n";
      }
    }
    return refused;
  }

  /// What of an activity the archive has otherwise than Strava; empty if nothing.
  std::string difference(std::int64_t id) {
    const std::string path = "/_sim/activities/" + std::to_string(id);
    const auto stored = store::Activities(store_.database()).find(event::ActivityId{id});
    if (!stored) return "all of it is missing";
    const Json::Value kept = strava::parse_json(stored->json).value_or(Json::Value());
    const Json::Value truth = strava_.control("GET", path);
    std::string fields;
    for (const Json::Value* one : {&truth, &kept}) {
      for (const std::string& field : one->getMemberNames()) {
        if (truth[field] != kept[field]) fields += field + " ";
      }
    }
    // The backfill asks for none.
    if (!history_.contains(id) && streams_differ(id, path)) fields += "streams";
    return fields;
  }
  bool streams_differ(std::int64_t id, const std::string& path) {
    const auto kept = store::Streams(store_.database()).find(event::ActivityId{id});
    return strava::parse_json(kept.value_or("{}")) !=
           strava_.control("GET", path + "/streams?keys=time,heartrate");
  }

  const test::KeptSignalMask mask_;
  const Timestamp start_ = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  test::FakeClock clock_{start_};
  test::SimulatedStrava strava_{std::chrono::floor<seconds>(start_)};
  test::TemporaryDirectory directory_;
  spool::Layout layout_{directory_ / "spool"};
  test::HttpServer callback_;
  test::TemporaryStore store_;
  Script script_;
  std::mt19937 random_{20261124};

  std::set<std::int64_t> history_;
  std::vector<std::int64_t> first_of_lists_;
  int list_requests_ = 0;
  bool is_out_ = false;
  int unheard_ = 0;
  std::set<std::int64_t> removed_at_once_;
  std::vector<std::int64_t> late_;
  int told_ = 0;
  int waited_for_budget_ = 0;
  int full_days_ = 0;  ///< on which work waited to the end
  int allowed_ = 0;
  int used_ = 0;
};

TEST_F(ThirtyDaysTest, KeepTheArchiveCompleteWithinTheRateLimit) {
  Process::Settings settings;
  settings.strava = strava_.application();
  settings.fetcher.scan_every = 5min;
  settings.fetcher.streams = kStreams;
  settings.spool = layout_.root();
  TimeLapse transport(clock_, strava_, script_,
                      [this](const strava::HttpRequest& request) { see(request); });
  write_script();

  Process(settings, store_.database(), transport, clock_, [] {
    return 0.5;
  }).run(Mode::kUntilStopped);

  const Json::Value requests = strava_.control("GET", "/_sim/requests?path=/api/v3");
  const std::size_t refused = tell_refused(requests);
  const auto counters = store::Counters(store_.database()).list();
  std::cout << "figure: thirty days: " << requests.size() << " requests, " << refused
            << " refused with 429; " << used_ << " of " << allowed_
            << " reads used on the days on which work waited; " << told_ - late_.size() << " of "
            << told_ << " fresh events stored within a minute, " << waited_for_budget_
            << " waited for the budget; " << unheard_ << " edits and deletions without an event\n";
  for (const auto& [name, count] : counters) std::cout << name << ": " << count.count << "\n";
  EXPECT_EQ(refused, 0);
  EXPECT_GE(used_, allowed_ * 0.99);
  // A call for each of the 5,000 activities of the history alone takes five.
  EXPECT_GE(full_days_, 5);
  EXPECT_GT(told_, 1000);
  EXPECT_LE(waited_for_budget_, told_ / 20);
  EXPECT_THAT(late_, testing::IsEmpty());
  EXPECT_GT(unheard_, 80);
  const Json::Value truth = strava_.control("GET", "/_sim/activities");
  EXPECT_EQ(store::Activities(store_.database()).count(), truth.size());
  std::map<std::int64_t, std::string> differences;
  for (const Json::Value& activity : truth) {
    const std::int64_t id = activity["id"].asInt64();
    const std::string fields = difference(id);
    if (!fields.empty()) differences[id] = fields;
  }
  EXPECT_THAT(differences, testing::IsEmpty());
}

}  // namespace
}  // namespace hookspool::fetcher
