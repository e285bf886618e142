#include "strava_sim/deliveries.h"

#include <algorithm>
#include <utility>

#include "strava_sim/json_text.h"
#include "strava_sim/signature.h"

namespace hookspool::strava_sim {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;

namespace {

/// The most that event_concurrency can ask for.
constexpr int kThreads = 16;

const char* state_name(Deliveries::State state) {
  switch (state) {
    case Deliveries::State::kPending:
      return "pending";
    case Deliveries::State::kAcknowledged:
      return "acknowledged";
    case Deliveries::State::kGivenUp:
      return "given_up";
    case Deliveries::State::kDropped:
      return "dropped";
  }
  return "";
}

}  // namespace

DeliveryPolicy DeliveryPolicy::from(const Switches& switches, const std::string& client_secret) {
  DeliveryPolicy policy;
  policy.retry_after.clear();
  for (const int gap : switches.event_retry_seconds) policy.retry_after.emplace_back(gap);
  if (switches.event_retry_after_real_ms >= 0) {
    policy.retry_after_real = milliseconds(switches.event_retry_after_real_ms);
  }
  policy.timeout = milliseconds(switches.event_timeout_ms);
  policy.delay = seconds(switches.event_delay_seconds);
  policy.concurrency = std::clamp(switches.event_concurrency, 1, kThreads);
  policy.duplicates = switches.event_duplicates;
  policy.hold = switches.event_hold;
  policy.order = switches.event_order;
  policy.signature = switches.event_signature;
  policy.signature_key =
      switches.event_signature_key.empty() ? client_secret : switches.event_signature_key;
  policy.signed_anew = switches.event_retry_signed_anew;
  return policy;
}

Deliveries::Deliveries(const SimClock& clock, CallbackClient& client)
    : clock_(clock), client_(client) {
  for (int thread = 0; thread < kThreads; ++thread) threads_.emplace_back([this] { work(); });
}

Deliveries::~Deliveries() {
  stop();
}

void Deliveries::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  work_.notify_all();
  settled_.notify_all();
  client_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Deliveries::set_policy(const DeliveryPolicy& policy) {
  const std::lock_guard lock(mutex_);
  policy_ = policy;
  work_.notify_all();
}

std::int64_t Deliveries::insert(Delivery delivery) {
  const std::int64_t number = ++last_number_;
  if (delivery.state == State::kPending) {
    ++pending_;
    if (policy_.delay > seconds::zero()) {
      delivery.due = clock_.now() + policy_.delay;
      waiting_.emplace(*delivery.due, number);
    } else {
      ready_.push_back(number);
    }
  }
  deliveries_.emplace(number, std::move(delivery));
  work_.notify_one();
  return number;
}

std::int64_t Deliveries::add(DeliveryOrder order) {
  Delivery delivery;
  delivery.order = std::move(order);
  const std::lock_guard lock(mutex_);
  return insert(std::move(delivery));
}

std::int64_t Deliveries::add_dropped(DeliveryOrder order) {
  Delivery delivery;
  delivery.order = std::move(order);
  delivery.state = State::kDropped;
  const std::lock_guard lock(mutex_);
  return insert(std::move(delivery));
}

void Deliveries::cancel_pending() {
  const std::lock_guard lock(mutex_);
  ready_.clear();
  waiting_.clear();
  waiting_real_.clear();
  for (auto& [number, delivery] : deliveries_) {
    if (delivery.state == State::kPending) finish(delivery, State::kGivenUp);
  }
}

void Deliveries::clear() {
  const std::lock_guard lock(mutex_);
  std::erase_if(deliveries_,
                [](const auto& entry) { return entry.second.state != State::kPending; });
}

void Deliveries::clock_jumped() {
  const std::lock_guard lock(mutex_);
  work_.notify_all();
}

bool Deliveries::wait_until_settled(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  settled_.wait_for(lock, timeout, [&] { return pending_ == 0 || stopped_; });
  return pending_ == 0;
}

Json::Value Deliveries::to_json(const std::string& state) const {
  const std::lock_guard lock(mutex_);
  Json::Value list = empty_array();
  for (const auto& [number, delivery] : deliveries_) {
    if (!state.empty() && state != state_name(delivery.state)) continue;
    Json::Value json = empty_object();
    json["id"] = Json::Int64(number);
    json["url"] = delivery.order.url;
    json["body"] = delivery.order.body;
    json["state"] = state_name(delivery.state);
    if (delivery.duplicate_of != 0) json["duplicate_of"] = Json::Int64(delivery.duplicate_of);
    if (delivery.due) json["due"] = Json::Int64(delivery.due->time_since_epoch().count());
    json["attempts"] = empty_array();
    for (const Attempt& attempt : delivery.attempts) {
      Json::Value entry = empty_object();
      entry["time"] = Json::Int64(attempt.time.time_since_epoch().count());
      entry["status"] = attempt.status;
      entry["duration_ms"] = Json::Int64(attempt.duration.count());
      if (!attempt.error.empty()) entry["error"] = attempt.error;
      json["attempts"].append(entry);
    }
    list.append(json);
  }
  return list;
}

Json::Value Deliveries::counts() const {
  const std::lock_guard lock(mutex_);
  Json::Value json = empty_object();
  for (const State state :
       {State::kPending, State::kAcknowledged, State::kGivenUp, State::kDropped}) {
    json[state_name(state)] = 0;
  }
  for (const auto& [number, delivery] : deliveries_) {
    Json::Value& count = json[state_name(delivery.state)];
    count = count.asInt64() + 1;
  }
  return json;
}

void Deliveries::finish(Delivery& delivery, State state) {
  delivery.state = state;
  delivery.due.reset();
  if (--pending_ == 0) settled_.notify_all();
}

void Deliveries::make_ready_what_is_due() {
  const sys_seconds now = clock_.now();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    ready_.push_back(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
  const auto real_now = steady_clock::now();
  while (!waiting_real_.empty() && waiting_real_.begin()->first <= real_now) {
    ready_.push_back(waiting_real_.begin()->second);
    waiting_real_.erase(waiting_real_.begin());
  }
}

/// The next delivery whose object is not under way, taken out of the queue.
std::optional<std::int64_t> Deliveries::take_ready() {
  if (policy_.hold || under_way_ >= policy_.concurrency) return std::nullopt;
  const auto is_free = [&](std::int64_t number) {
    return objects_under_way_.count(deliveries_.at(number).order.object) == 0;
  };
  auto chosen = ready_.end();
  if (policy_.order == EventOrder::kOldestFirst) {
    chosen = std::find_if(ready_.begin(), ready_.end(), is_free);
  } else if (policy_.order == EventOrder::kNewestFirst) {
    const auto found = std::find_if(ready_.rbegin(), ready_.rend(), is_free);
    if (found != ready_.rend()) chosen = std::prev(found.base());
  } else if (!ready_.empty()) {
    const auto offset = static_cast<std::ptrdiff_t>(dice_.next() % ready_.size());
    std::rotate(ready_.begin(), ready_.begin() + offset, ready_.end());
    chosen = std::find_if(ready_.begin(), ready_.end(), is_free);
  }
  if (chosen == ready_.end()) return std::nullopt;
  const std::int64_t number = *chosen;
  ready_.erase(chosen);
  return number;
}

void Deliveries::wait_for_work(std::unique_lock<std::mutex>& lock) {
  std::optional<milliseconds> wait;
  if (!waiting_.empty()) wait = clock_.real_time_until(waiting_.begin()->first);
  if (!waiting_real_.empty()) {
    const auto left =
        std::chrono::ceil<milliseconds>(waiting_real_.begin()->first - steady_clock::now());
    wait = wait ? std::min(*wait, left) : left;
  }
  if (wait) {
    work_.wait_for(lock, *wait);
  } else {
    work_.wait(lock);
  }
}

void Deliveries::work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    make_ready_what_is_due();
    if (const auto number = take_ready()) {
      attempt(*number, lock);
    } else {
      wait_for_work(lock);
    }
  }
}

void Deliveries::attempt(std::int64_t number, std::unique_lock<std::mutex>& lock) {
  Delivery& delivery = deliveries_.at(number);
  const std::string object = delivery.order.object;
  Attempt attempt;
  attempt.time = clock_.now();
  if (delivery.order.is_signed && (policy_.signed_anew || delivery.attempts.empty())) {
    delivery.signature = signature_header(policy_.signature, policy_.signature_key,
                                          delivery.order.body, attempt.time);
  }
  CallbackRequest request{"POST", delivery.order.url, delivery.order.body, delivery.order.headers};
  if (delivery.signature) request.headers.emplace("X-Strava-Signature", *delivery.signature);
  const milliseconds limit = policy_.timeout;

  ++under_way_;
  if (!object.empty()) objects_under_way_.insert(object);
  lock.unlock();
  const CallbackAnswer answer = client_.send(request, limit);
  lock.lock();
  --under_way_;
  objects_under_way_.erase(object);
  work_.notify_all();

  attempt.status = answer.status;
  attempt.duration = answer.duration;
  attempt.error = answer.error;
  const auto found = deliveries_.find(number);
  if (stopped_ || found == deliveries_.end() || found->second.state != State::kPending) return;
  found->second.attempts.push_back(attempt);
  settle(number, found->second, attempt);
}

void Deliveries::settle(std::int64_t number, Delivery& delivery, const Attempt& attempt) {
  if (attempt.status == 200) {
    if (delivery.duplicate_of == 0) {
      for (int copy = 0; copy < policy_.duplicates; ++copy) {
        Delivery duplicate;
        duplicate.order = delivery.order;
        duplicate.duplicate_of = number;
        insert(std::move(duplicate));
      }
    }
    finish(delivery, State::kAcknowledged);
  } else if (static_cast<int>(delivery.attempts.size()) >= delivery.order.attempts_allowed) {
    finish(delivery, State::kGivenUp);
  } else {
    schedule_retry(number, delivery, attempt);
  }
}

void Deliveries::schedule_retry(std::int64_t number, Delivery& delivery, const Attempt& attempt) {
  if (policy_.retry_after_real) {
    waiting_real_.emplace(steady_clock::now() + *policy_.retry_after_real, number);
    return;
  }
  if (policy_.retry_after.empty()) {
    finish(delivery, State::kGivenUp);
    return;
  }
  const std::size_t gap = std::min(delivery.attempts.size(), policy_.retry_after.size()) - 1;
  delivery.due = attempt.time + policy_.retry_after[gap];
  waiting_.emplace(*delivery.due, number);
}

}  // namespace hookspool::strava_sim
