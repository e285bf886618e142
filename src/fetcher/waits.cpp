#include "fetcher/waits.h"

#include <algorithm>
#include <utility>

#include "store/jobs.h"
#include "store/pause.h"

namespace hookspool::fetcher {
namespace {

using Cause = Wait::Cause;

Cause cause_of(store::PauseState::Kind kind) {
  switch (kind) {
    case store::PauseState::Kind::kRateLimit:
      return Cause::kRateLimit;
    case store::PauseState::Kind::kApplication:
      return Cause::kApplication;
    case store::PauseState::Kind::kOutage:
      return Cause::kOutage;
  }
  return Cause::kOutage;
}

/// What the moment stands for, to follow it.
std::string words_of(const Wait& wait) {
  switch (wait.cause) {
    case Cause::kNone:
    case Cause::kNotDue:
      return "";
    case Cause::kReserve:
      return " for the rate limit, the rest of which is kept for fresh events";
    case Cause::kRateLimit:
      return " for the rate limit";
    case Cause::kApplication:
    case Cause::kOutage:
      return ": " + wait.reason;
  }
  return "";
}

Wait wait_of(store::Lane lane, Timestamp due, const std::optional<store::PauseState>& pause,
             const Budget::Account& account) {
  const Timestamp now = account.now();
  const Timestamp payable = account.payable_at(lane);
  const Timestamp open = pause ? pause->until : now;
  Wait wait{lane, due, std::max({now, due, payable, open}), Cause::kNone, ""};
  if (open > now && open >= payable) {
    // What failed in an outage waits for its end, though it is due later by itself.
    wait.cause = cause_of(pause->kind);
    wait.reason = pause->reason;
  } else if (payable > now && payable >= due) {
    const bool others_can_pay = account.payable(store::Lane::kFresh) > 0;
    wait.cause = others_can_pay ? Cause::kReserve : Cause::kRateLimit;
  } else if (due > now) {
    wait.cause = Cause::kNotDue;
  }
  return wait;
}

}  // namespace

const char* name_of(Wait::Cause cause) {
  switch (cause) {
    case Cause::kNone:
      return "none";
    case Cause::kNotDue:
      return "not_due";
    case Cause::kRateLimit:
      return "rate_limit";
    case Cause::kReserve:
      return "reserve";
    case Cause::kApplication:
      return "application";
    case Cause::kOutage:
      return "outage";
  }
  return "none";
}

Waits::Waits(store::Database& database, const Clock& clock, Budget& budget)
    : database_(database), clock_(clock), budget_(budget) {}

std::vector<Wait> Waits::list() {
  const auto pause = store::Pause(database_).find();
  const Budget::Account account = budget_.open();
  std::vector<Wait> waits;
  for (const store::Lane lane : store::kLanes) {
    const auto due = store::Jobs(database_).next_due(lane);
    if (due) waits.push_back(wait_of(lane, *due, pause, account));
  }
  return waits;
}

std::vector<Wait> Waits::held_back() {
  std::vector<Wait> held;
  const Timestamp now = clock_.now();
  for (Wait& wait : list()) {
    if (wait.due <= now && wait.cause != Cause::kNone) held.push_back(std::move(wait));
  }
  return held;
}

std::optional<Wait> Waits::of(store::Lane lane) {
  for (Wait& wait : list()) {
    if (wait.lane == lane) return std::move(wait);
  }
  return std::nullopt;
}

Timestamp Waits::free_since(const Wait& wait) {
  const auto pause = store::Pause(database_).find();
  const Timestamp payable = budget_.could_pay_since(wait.lane, wait.due);
  return std::max({wait.due, payable, pause ? pause->until : wait.due});
}

std::optional<Timestamp> first_end(const std::vector<Wait>& waits) {
  const auto first =
      std::min_element(waits.begin(), waits.end(),
                       [](const Wait& one, const Wait& other) { return one.until < other.until; });
  return first == waits.end() ? std::nullopt : std::optional(first->until);
}

std::string describe(const std::vector<Wait>& waits,
                     const std::function<std::string(Timestamp)>& time_text) {
  std::string text;
  for (auto first = waits.begin(); first != waits.end();) {
    // Most lanes wait for the same.
    const auto next = std::find_if(first, waits.end(), [&first](const Wait& wait) {
      return wait.until != first->until || wait.cause != first->cause;
    });
    if (!text.empty()) text += "; ";
    for (auto one = first; one != next; ++one) {
      text += std::string(one == first ? "" : ", ") + store::name_of(one->lane);
    }
    text += " until " + time_text(first->until) + words_of(*first);
    first = next;
  }
  return text;
}

}  // namespace hookspool::fetcher
