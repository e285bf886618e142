#include "fetcher/replay.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "fetcher/reduce.h"
#include "fetcher/subject.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using store::Wish;

namespace {

constexpr std::size_t kAllOfThem = 100'000'000;

/// Of the events on an object the one with the last word, and that of those that do not delete it.
struct LastWords {
  std::optional<DatedWish> of_all;
  std::optional<DatedWish> of_fetches;
};

void take(std::optional<DatedWish>& last, const DatedWish& word) {
  if (!last || has_last_word(word, *last)) last = word;
}

/// While events come in, what was created and deleted costs no call. Whoever has them replayed
/// wants to see whether one of them was wrong, or forged.
const DatedWish& word_on(store::Database& database, std::int64_t object_id, const LastWords& last) {
  const bool is_unseen = last.of_all->wish == Wish::kRemove && last.of_fetches &&
                         !store::Activities(database).owner_of(event::ActivityId{object_id});
  return is_unseen ? *last.of_fetches : *last.of_all;
}

}  // namespace

Replayed replay(store::Database& database, Timestamp since, std::optional<std::int64_t> object_id,
                Timestamp now) {
  Replayed replayed;
  std::map<std::tuple<std::string, std::int64_t, event::AthleteId>, LastWords> objects;
  std::set<event::AthleteId> athletes;
  store::Transaction transaction(database);
  for (const store::Athlete& athlete : store::Athletes(database).list())
    athletes.insert(athlete.id);
  for (const store::AcceptedEvent& accepted :
       store::Events(database).list({since, object_id, kAllOfThem, false})) {
    const event::Event& event = accepted.event;
    const auto wish = wish_of(event.kind);
    if (!wish) continue;
    ++replayed.events;
    if (!athletes.contains(event.owner_id)) {
      ++replayed.unknown;
      continue;
    }
    const DatedWish word{*wish, event.event_time};
    const Subject subject = subject_of(database, event);
    LastWords& last = objects[{event.object_type, subject.object_id, subject.athlete}];
    take(last.of_all, word);
    if (*wish == Wish::kFetch) take(last.of_fetches, word);
  }
  for (const auto& [object, last] : objects) {
    const auto& [object_type, object_id, athlete] = object;
    const DatedWish& word = word_on(database, object_id, last);
    const bool is_new = store::Jobs(database).add_or_replace_dead(
        {store::Lane::kReconcile, word.wish, object_id, athlete, word.event_time, true}, now);
    if (!is_new) ++replayed.waiting;
  }
  replayed.jobs = objects.size();
  transaction.commit();
  return replayed;
}

}  // namespace hookspool::fetcher
