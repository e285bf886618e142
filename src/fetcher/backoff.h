#pragma once

#include <chrono>
#include <functional>

namespace hookspool::fetcher {

/// Gives a number from 0 to 1 for jitter.
using Random = std::function<double()>;

/// How long to wait before the next attempt after `attempts` that met a passing fault: doubling
/// from 30 s to 6 h, then shortened by up to a quarter. `random` is from 0 to 1; it keeps jobs that
/// failed together from coming back together.
std::chrono::seconds backoff_after(int attempts, double random);

/// How long to wait for an object that Strava announced and does not show, `since` it was looked
/// for first. Most appear within seconds; the sixth look is more than an hour after the first,
/// since anybody can announce what will never be there, and each look costs a call. Attempts are
/// not what counts: those that an outage spent say nothing of the object.
std::chrono::seconds backoff_until_visible(std::chrono::seconds since);

/// How long to wait for a consumer that was not there: seconds at first, since it may be starting
/// anew, then as backoff_after().
std::chrono::seconds backoff_until_heard(int attempts, double random);

}  // namespace hookspool::fetcher
