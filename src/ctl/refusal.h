#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/error.h"
#include "strava/outcome.h"

namespace hookspool::ctl {

/// What a person is told when Strava did not do what a command asked: "cannot <action>: <detail>",
/// when to try again, and the exit code of that kind of failure.
Error refusal(const std::string& action, const strava::Failure& failure);

/// The value of a call that must succeed for the command to go on.
/// \throws Error  refusal() of what went wrong
template <typename T>
T required(const std::string& action, strava::Result<T> result) {
  if (const strava::Failure* failure = strava::failure_of(result)) throw refusal(action, *failure);
  return std::get<T>(std::move(result));
}

}  // namespace hookspool::ctl
