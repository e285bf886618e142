#pragma once

#include <json/json.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "strava_sim/callback_client.h"
#include "strava_sim/dice.h"
#include "strava_sim/sim_clock.h"
#include "strava_sim/switches.h"

namespace hookspool::strava_sim {

/// How events are delivered.
struct DeliveryPolicy {
  std::vector<std::chrono::seconds> retry_after{std::chrono::seconds(62), std::chrono::seconds(75)};
  std::optional<std::chrono::milliseconds> retry_after_real;  ///< instead of `retry_after`
  std::chrono::milliseconds timeout{2000};
  std::chrono::seconds delay{0};
  int concurrency = 8;
  int duplicates = 0;  ///< repeats although the event was acknowledged
  bool hold = false;   ///< nothing goes out
  EventOrder order = EventOrder::kOldestFirst;
  SignatureForm signature = SignatureForm::kNone;
  std::string signature_key;
  bool signed_anew = true;

  static DeliveryPolicy from(const Switches& switches, const std::string& client_secret);
};

struct DeliveryOrder {
  std::string url;
  std::string body;
  std::multimap<std::string, std::string> headers;
  std::string object;  ///< deliveries of one object never overlap; empty: on its own
  bool is_signed = true;
  int attempts_allowed = 3;
};

/// Brings events to the subscriber: only 200 within the time limit is an acknowledgement, otherwise
/// the same body goes out again, three times in all, and after that never again.
/// https://developers.strava.com/docs/webhooks/
///
/// Has threads of its own; all functions are thread-safe.
class Deliveries {
 public:
  enum class State { kPending, kAcknowledged, kGivenUp, kDropped };

  /// Both must outlive this object.
  Deliveries(const SimClock& clock, CallbackClient& client);
  ~Deliveries();

  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  void set_policy(const DeliveryPolicy& policy);

  /// Returns the number of the new delivery at once.
  std::int64_t add(DeliveryOrder order);

  /// An event that Strava loses: it is listed, but never goes out.
  std::int64_t add_dropped(DeliveryOrder order);

  /// Gives up what is pending: there is no subscriber any more.
  void cancel_pending();

  /// Forgets what is settled.
  void clear();

  /// To be called when the clock has jumped: retries may be due.
  void clock_jumped();

  /// Blocks until nothing is pending; false if that is not so after `timeout` or at the end.
  bool wait_until_settled(std::chrono::milliseconds timeout);

  /// All deliveries, oldest first; with `state`, only those in that state.
  Json::Value to_json(const std::string& state) const;

  /// How many deliveries are in each state.
  Json::Value counts() const;

  /// Interrupts the attempts under way and ends the threads. What is pending stays so.
  void stop();

 private:
  struct Attempt {
    std::chrono::sys_seconds time;
    int status = 0;
    std::chrono::milliseconds duration{0};
    std::string error;
  };
  struct Delivery {
    DeliveryOrder order;
    State state = State::kPending;
    std::vector<Attempt> attempts;
    std::int64_t duplicate_of = 0;
    std::optional<std::string> signature;
    std::optional<std::chrono::sys_seconds> due;
  };

  void work();
  std::int64_t insert(Delivery delivery);
  void make_ready_what_is_due();
  std::optional<std::int64_t> take_ready();
  void attempt(std::int64_t number, std::unique_lock<std::mutex>& lock);
  void settle(std::int64_t number, Delivery& delivery, const Attempt& attempt);
  void schedule_retry(std::int64_t number, Delivery& delivery, const Attempt& attempt);
  void finish(Delivery& delivery, State state);
  void wait_for_work(std::unique_lock<std::mutex>& lock);

  const SimClock& clock_;
  CallbackClient& client_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable settled_;
  bool stopped_ = false;
  DeliveryPolicy policy_;
  Dice dice_{1};
  std::map<std::int64_t, Delivery> deliveries_;
  std::int64_t last_number_ = 0;
  std::size_t pending_ = 0;
  std::deque<std::int64_t> ready_;
  std::multimap<std::chrono::sys_seconds, std::int64_t> waiting_;
  std::multimap<std::chrono::steady_clock::time_point, std::int64_t> waiting_real_;
  std::set<std::string> objects_under_way_;
  int under_way_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace hookspool::strava_sim
