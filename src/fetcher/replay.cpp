#include "fetcher/replay.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "fetcher/reduce.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using store::Wish;

namespace {

constexpr std::size_t kAllOfThem = 100'000'000;

struct LastWord {
  DatedWish wish;
  event::AthleteId owner{};
  bool was_announced = false;  ///< by some event: not all of them delete it
};

/// While events come in, what was created and deleted costs no call. Whoever has them replayed
/// wants to see whether one of them was wrong, or forged.
Wish wish_of(store::Database& database, std::int64_t object_id, const LastWord& last) {
  const bool is_unseen = last.wish.wish == Wish::kRemove && last.was_announced &&
                         !store::Activities(database).owner_of(event::ActivityId{object_id});
  return is_unseen ? Wish::kFetch : last.wish.wish;
}

}  // namespace

Replayed replay(store::Database& database, Timestamp since, std::optional<std::int64_t> object_id,
                Timestamp now) {
  Replayed replayed;
  std::map<std::pair<std::string, std::int64_t>, LastWord> objects;
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
    const DatedWish wanted{*wish, event.event_time};
    const auto [place, is_new] =
        objects.try_emplace({event.object_type, event.object_id}, LastWord{wanted, event.owner_id});
    LastWord& last = place->second;
    if (!is_new && has_last_word(wanted, last.wish)) {
      last.wish = wanted;
      last.owner = event.owner_id;
    }
    last.was_announced = last.was_announced || *wish == Wish::kFetch;
  }
  for (const auto& [object, last] : objects) {
    const bool is_new = store::Jobs(database).add_or_replace_dead(
        {store::Lane::kReconcile, wish_of(database, object.second, last), object.second, last.owner,
         last.wish.event_time, true},
        now);
    if (!is_new) ++replayed.waiting;
  }
  replayed.jobs = objects.size();
  transaction.commit();
  return replayed;
}

}  // namespace hookspool::fetcher
