#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "strava/http_transport.h"

namespace hookspool::test {

/// Answers requests from a script, in their order, and keeps what was asked.
class ScriptedTransport final : public strava::HttpTransport {
 public:
  void will_answer(strava::HttpResult result) { script_.push_back(std::move(result)); }
  void will_answer(int status, std::string body, strava::HttpHeaders headers = {}) {
    script_.emplace_back(strava::HttpResponse{status, std::move(headers), std::move(body)});
  }
  void will_fail(std::string reason) {
    script_.emplace_back(strava::TransportFailure{std::move(reason)});
  }

  const std::vector<strava::HttpRequest>& requests() const { return requests_; }

  void start(strava::HttpRequest request, Completion completion) override {
    requests_.push_back(std::move(request));
    waiting_.push_back(std::move(completion));
    ++unsent_;
  }

  /// Ends all requests under way, but for those that completions start meanwhile.
  void wait(std::chrono::milliseconds, std::span<const int>) override {
    send();
    for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) answer_one();
  }
  /// What a wait() does that ends before the first answer.
  void send() { unsent_ = 0; }
  /// Ends the first request under way.
  void answer_one() {
    if (script_.empty()) throw std::logic_error("a request that the test did not expect");
    const Completion completion = std::exchange(waiting_.front(), {});
    waiting_.pop_front();
    unsent_ = std::min(unsent_, waiting_.size());
    strava::HttpResult result = std::move(script_.front());
    script_.pop_front();
    completion(std::move(result));
  }

  void withdraw() override {
    const auto sent = waiting_.size() - unsent_;
    for (std::size_t i = sent; i < waiting_.size(); ++i) {
      script_.insert(
          script_.begin() + static_cast<std::ptrdiff_t>(std::min(sent, script_.size())),
          strava::TransportFailure{"it was withdrawn", strava::TransportFault::kWithdrawn});
      requests_.pop_back();
    }
    unsent_ = 0;
  }
  std::size_t in_flight() const override { return waiting_.size(); }

 private:
  std::size_t unsent_ = 0;
  std::deque<strava::HttpResult> script_;
  std::deque<Completion> waiting_;
  std::vector<strava::HttpRequest> requests_;
};

}  // namespace hookspool::test
