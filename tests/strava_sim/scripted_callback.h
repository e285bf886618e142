#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "strava_sim/callback_client.h"

namespace hookspool::strava_sim {

/// A subscriber without a network: answers with the statuses of its script, then with 200.
class ScriptedCallback : public CallbackClient {
 public:
  explicit ScriptedCallback(std::deque<int> statuses = {}) : statuses_(std::move(statuses)) {}

  CallbackAnswer send(const CallbackRequest& request, std::chrono::milliseconds) override {
    const std::lock_guard lock(mutex_);
    received_.push_back(request);
    CallbackAnswer answer;
    answer.status = 200;
    if (!statuses_.empty()) {
      answer.status = statuses_.front();
      statuses_.pop_front();
    }
    arrived_.notify_all();
    return answer;
  }

  void stop() override {}

  /// Blocks until `count` requests have come. A request that never comes hangs the test, which is
  /// what the test runner's time limit is for.
  std::vector<CallbackRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return received_.size() >= count; });
    return received_;
  }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return received_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<int> statuses_;
  std::vector<CallbackRequest> received_;
};

}  // namespace hookspool::strava_sim
