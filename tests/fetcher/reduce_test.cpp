#include "fetcher/reduce.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace hookspool::fetcher {

using namespace std::chrono_literals;
using store::Wish;

std::ostream& operator<<(std::ostream& out, const std::optional<DatedWish>& wish) {
  if (!wish) return out << "nothing";
  return out << store::name_of(wish->wish) << '@' << wish->event_time.time_since_epoch().count();
}

namespace {

DatedWish fetch(int second) {
  return {Wish::kFetch, std::chrono::sys_seconds(std::chrono::seconds(second))};
}
DatedWish remove(int second) {
  return {Wish::kRemove, std::chrono::sys_seconds(std::chrono::seconds(second))};
}
DatedWish deauthorize(int second) {
  return {Wish::kDeauthorize, std::chrono::sys_seconds(std::chrono::seconds(second))};
}
constexpr std::nullopt_t kNothing = std::nullopt;
Timestamp shown(std::chrono::seconds second) {
  return Timestamp(second);
}

TEST(Reduce, TellsWhatAKindOfEventAsksFor) {
  EXPECT_EQ(wish_of(event::Kind::kActivityCreate), Wish::kFetch);
  EXPECT_EQ(wish_of(event::Kind::kActivityUpdate), Wish::kFetch);
  EXPECT_EQ(wish_of(event::Kind::kActivityDelete), Wish::kRemove);
  EXPECT_EQ(wish_of(event::Kind::kAthleteDeauthorize), Wish::kDeauthorize);
  EXPECT_EQ(wish_of(event::Kind::kUnknown), kNothing);
}

TEST(Reduce, GivesTheLastWordToTheLaterEventAndWithinASecondToTheRemoval) {
  EXPECT_TRUE(has_last_word(fetch(2), fetch(1)));
  EXPECT_FALSE(has_last_word(fetch(1), fetch(2)));
  EXPECT_TRUE(has_last_word(fetch(2), remove(1)));
  EXPECT_FALSE(has_last_word(remove(1), fetch(2)));
  EXPECT_TRUE(has_last_word(remove(1), fetch(1)));
  EXPECT_FALSE(has_last_word(fetch(1), remove(1)));
  // Different changes of one second: whoever fetched for the first must look again.
  EXPECT_TRUE(has_last_word(fetch(1), fetch(1)));
}

struct Case {
  const char* story;
  DatedWish event;
  std::optional<DatedWish> job;
  std::optional<DatedWish> newest;
  bool leads_to_job;
  std::optional<Timestamp> shown = std::nullopt;
};

TEST(Reduce, LeadsToAJobWhereSomethingIsToBeDone) {
  const Case cases[] = {
      {"the first event on an object", fetch(1), kNothing, kNothing, true},
      {"a deletion of something never heard of", remove(1), kNothing, kNothing, true},
      {"a deauthorization", deauthorize(1), kNothing, kNothing, true},
      {"a second deauthorization", deauthorize(2), kNothing, deauthorize(1), true},
      {"one that a later one was forged against", deauthorize(1), kNothing, deauthorize(2), true},
      {"one that came while that is asked about", deauthorize(1), deauthorize(2), deauthorize(2),
       true},

      {"an update while the create waits", fetch(2), fetch(1), fetch(1), true},
      {"a create that comes after its update, both undone", fetch(1), fetch(2), fetch(2), false},
      {"a create that comes after its update was done", fetch(1), kNothing, fetch(2), false},
      {"an update in the second of a create that was done", fetch(1), kNothing, fetch(1), true},

      {"a delete while the create waits", remove(2), fetch(1), fetch(1), true},
      {"a delete of the same second", remove(1), fetch(1), fetch(1), true},
      {"a create that comes after its delete, both undone", fetch(1), remove(2), remove(2), false},
      {"an update in the second of the delete", fetch(1), remove(1), remove(1), false},
      {"a create later than the delete: shown again", fetch(2), remove(1), remove(1), true},
      {"an old delete: hidden and shown again since", remove(1), kNothing, fetch(2), false},

      {"a create whose delete was dealt with, forged perhaps", fetch(1), kNothing, remove(2), true},
      {"an older one still, while Strava is asked", fetch(1), fetch(2), remove(3), false},
      {"the delete of between, while Strava is asked", remove(2), fetch(1), remove(3), true},

      {"a delete that a later event was forged against", remove(5), kNothing, fetch(9), true,
       shown(2s)},
      {"the same, shown a moment after", remove(5), kNothing, fetch(9), true, shown(8s)},
      {"a delete, and much later Strava showed it", remove(5), kNothing, fetch(9), false,
       shown(1000s)},
      {"a delete that is older than the job", remove(5), fetch(9), fetch(9), true, shown(2s)},
      {"a delete older than one that is looked into", remove(5), remove(9), remove(9), true,
       shown(2s)},
      {"a delete of what is hidden, then shown, and not stored", remove(1), fetch(2), fetch(2),
       false},
      {"a type that came after its title was applied", fetch(3), kNothing, fetch(5), true,
       shown(1s)},
      {"a type that came after Strava was asked", fetch(3), kNothing, fetch(5), false, shown(3s)},
      {"a type that came while Strava is asked", fetch(3), fetch(5), fetch(5), false, shown(1s)},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(leads_to_job(c.event, {c.job, c.newest, c.shown}), c.leads_to_job)
        << c.story << ": " << std::optional(c.event) << " after job " << c.job << ", newest "
        << c.newest;
  }
}

}  // namespace
}  // namespace hookspool::fetcher
