#include "strava_sim/simulation.h"

#include <random>
#include <utility>

namespace hookspool::strava_sim {

namespace {

/// Tokens of one run must not be valid in the next one.
std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) ^ device();
}

}  // namespace

Simulation::Simulation(Application app, SimClock::Mode clock_mode,
                       std::optional<std::chrono::sys_seconds> start,
                       CallbackClient& callback_client)
    : application(std::move(app)),
      callback(callback_client),
      clock(clock_mode, start),
      deliveries(clock, callback_client),
      world(random_seed()) {
  clock.on_jump([this] { deliveries.clock_jumped(); });
  deliveries.set_policy(DeliveryPolicy::from(world.switches, application.client_secret));
}

Scopes Simulation::granted(AthleteId athlete) const {
  return world.oauth.granted(athlete).value_or(Scopes());
}

void Simulation::fire(const std::optional<Event>& event) {
  if (!event || !world.subscription) return;
  DeliveryOrder order;
  order.url = world.subscription->callback_url;
  order.body = event_text(*event, world.subscription->id, world.switches.event_form(), world.dice);
  order.headers.emplace("Content-Type", "application/json");
  order.object = event->object_type + " " + std::to_string(event->object_id);
  ++world.events_fired;
  const int drop_every = world.switches.event_drop_every;
  if (drop_every > 0 && world.events_fired % drop_every == 0) {
    deliveries.add_dropped(std::move(order));
  } else {
    deliveries.add(std::move(order));
  }
}

std::optional<Activity> Simulation::create_activity(const ActivityWish& wish, bool send_event) {
  const auto now = clock.now();
  const auto activity = world.activities.create(wish, now);
  if (activity && send_event) fire(created_event(*activity, granted(activity->athlete), now));
  return activity;
}

std::optional<Activity> Simulation::change_activity(ActivityId id, const ActivityWish& wish,
                                                    bool send_event) {
  const auto before = world.activities.find(id);
  if (!before) return std::nullopt;
  const auto after = world.activities.change(id, wish);
  if (send_event) fire(changed_event(*before, *after, granted(before->athlete), clock.now()));
  return after;
}

std::optional<Activity> Simulation::delete_activity(ActivityId id, bool send_event) {
  const auto activity = world.activities.remove(id);
  if (activity && send_event) {
    fire(deleted_event(*activity, granted(activity->athlete), clock.now()));
  }
  return activity;
}

bool Simulation::deauthorize(AthleteId athlete, bool send_event) {
  if (!world.oauth.revoke(athlete)) return false;
  if (send_event) fire(deauthorized_event(athlete, clock.now()));
  return true;
}

void Simulation::apply_switches(const Json::Value& changes) {
  world.switches.apply(changes);
  deliveries.set_policy(DeliveryPolicy::from(world.switches, application.client_secret));
}

void Simulation::end_subscription() {
  world.subscription.reset();
  deliveries.cancel_pending();
}

}  // namespace hookspool::strava_sim
