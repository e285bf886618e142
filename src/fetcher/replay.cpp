#include "fetcher/replay.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "fetcher/reduce.h"
#include "fetcher/subject.h"
#include "store/athletes.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using store::Wish;

namespace {

constexpr std::size_t kAllOfThem = 100'000'000;

/// What the events on an object ask for, and when what they tell of happened last.
struct Asked {
  bool is_stored = false;
  std::map<Wish, std::chrono::sys_seconds> last;
};

/// What is stored and was announced as deleted is asked for as such, whatever change was announced
/// behind that, as while events come in. Of what is not stored a creation counts more: then it
/// costs no call if it was deleted, too, but whoever has events replayed wants to see whether one
/// was wrong, or forged.
DatedWish word_on(const Asked& asked) {
  const auto preferred = asked.last.find(asked.is_stored ? Wish::kRemove : Wish::kFetch);
  const auto& [wish, time] = preferred != asked.last.end() ? *preferred : *asked.last.begin();
  return {wish, time};
}

}  // namespace

Replayed replay(store::Database& database, Timestamp since, std::optional<std::int64_t> object_id,
                Timestamp now) {
  Replayed replayed;
  std::map<std::tuple<std::string, std::int64_t, event::AthleteId>, Asked> objects;
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
    const Subject subject = subject_of(database, event);
    Asked& asked = objects[{event.object_type, subject.object_id, subject.athlete}];
    asked.is_stored = subject.is_stored;
    auto& last = asked.last.emplace(*wish, event.event_time).first->second;
    last = std::max(last, event.event_time);
  }
  for (const auto& [object, asked] : objects) {
    const auto& [object_type, object_id, athlete] = object;
    const DatedWish word = word_on(asked);
    const bool is_new = store::Jobs(database).add_or_replace_dead(
        {store::Lane::kReconcile, word.wish, object_id, athlete, word.event_time,
         word.wish == Wish::kFetch},
        now);
    if (!is_new) ++replayed.waiting;
  }
  replayed.jobs = objects.size();
  transaction.commit();
  return replayed;
}

}  // namespace hookspool::fetcher
