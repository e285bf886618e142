#pragma once

#include <algorithm>
#include <chrono>

/// How long what a process has in hand is its own. Each lease outlasts what is done under it, so
/// that it ends only with its holder; that one is gone is mostly seen sooner (fetcher/holder.h).
namespace hookspool::fetcher {

/// On a job, from its claim and again from when only its streams are left: longer than the requests
/// may take that each of the two comes to, two refreshes of the token and two calls, with the
/// search for the API's address.
inline constexpr std::chrono::seconds kJobLease = std::chrono::minutes(5);

/// On the refresh of a token. A request takes a tenth of it at most. The rest is for a store that
/// does not take the answer: whoever refreshed meanwhile would use the old token.
inline constexpr std::chrono::seconds kRefreshLease = std::chrono::minutes(5);

/// On a code that is to be traded, for the same reason.
inline constexpr std::chrono::seconds kTradeLease = std::chrono::minutes(5);

/// On a notification: longer than a request may take. A command has its own time beside it.
inline constexpr std::chrono::seconds kNotificationLease = std::chrono::minutes(2);

/// But for the time that a command has.
inline constexpr std::chrono::seconds kLongestLease =
    std::max({kJobLease, kRefreshLease, kTradeLease, kNotificationLease});

}  // namespace hookspool::fetcher
