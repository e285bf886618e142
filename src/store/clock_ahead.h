#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// Corrects what a clock wrote that was ahead and has been set back since, so that nothing waits,
/// and nothing is kept, until the clock has caught up: what happened at a moment that is still to
/// come happened `now`, what was put off from there is due `now`, what failed from there on has yet
/// to fail, and no lease lasts longer than `longest_lease`. How many rows that were.
///
/// Left alone is that by whose age activities and the journal of events are deleted. The clock may
/// also be behind, as that of a machine without a battery is at first: all of that would be taken
/// for as old as that clock once it is right. So will tombstones be, whose time for `undelete` is
/// then shorter by as much as the clock was behind: that they are gone in time goes first, as the
/// API agreement asks. Left alone is also what its readers judge themselves: windows of the rate
/// limit (RateBudget), when an athlete was reconciled (Housekeeper), when an activity was fetched
/// (Listings::not_seen), and how long access tokens last, which Strava knows.
std::int64_t correct_what_a_clock_ahead_wrote(Database& database, Timestamp now,
                                              std::chrono::seconds longest_lease);

}  // namespace hookspool::store
