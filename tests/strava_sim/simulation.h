#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "strava_sim/activities.h"
#include "strava_sim/athletes.h"
#include "strava_sim/callback_client.h"
#include "strava_sim/deliveries.h"
#include "strava_sim/dice.h"
#include "strava_sim/event.h"
#include "strava_sim/faults.h"
#include "strava_sim/oauth.h"
#include "strava_sim/rate_limits.h"
#include "strava_sim/request_log.h"
#include "strava_sim/sim_clock.h"
#include "strava_sim/subscription.h"
#include "strava_sim/switches.h"

namespace hookspool::strava_sim {

/// The application that subscribes and fetches. There is one.
struct Application {
  std::int64_t client_id = 4711;
  std::string client_secret = "simulated-client-secret";
};

/// What the simulated Strava knows. Guarded by Simulation::mutex.
struct World {
  explicit World(std::uint64_t seed) : dice(seed), oauth(seed + 1), activities(seed + 2) {}

  Dice dice;
  Switches switches;
  RateLimits rate_limits;
  OAuth oauth;
  Athletes athletes;
  Activities activities;
  std::optional<Subscription> subscription;
  std::int64_t last_subscription_id = 131'299;
  std::int64_t events_fired = 0;
};

/// All parts of the simulated Strava and what connects them: changes that fire events.
class Simulation {
 public:
  /// `callback` must outlive this object.
  Simulation(Application application, SimClock::Mode clock_mode,
             std::optional<std::chrono::sys_seconds> start, CallbackClient& callback);

  const Application application;
  CallbackClient& callback;

  // Thread-safe by themselves
  SimClock clock;
  Faults faults;
  RequestLog requests;
  Deliveries deliveries;

  // Everything below asks for the mutex to be held
  std::mutex mutex;
  World world;

  /// Tells the subscriber, if there is one. Nothing happens without an event.
  void fire(const std::optional<Event>& event);

  /// Nothing if the id is taken.
  std::optional<Activity> create_activity(const ActivityWish& wish, bool send_event);

  /// Nothing if there is no such activity.
  std::optional<Activity> change_activity(ActivityId id, const ActivityWish& wish, bool send_event);
  std::optional<Activity> delete_activity(ActivityId id, bool send_event);

  /// Ends the athlete's grant; false if there is none.
  bool deauthorize(AthleteId athlete, bool send_event);

  void apply_switches(const Json::Value& changes);
  void end_subscription();

 private:
  Scopes granted(AthleteId athlete) const;
};

}  // namespace hookspool::strava_sim
