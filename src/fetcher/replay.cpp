#include "fetcher/replay.h"

#include <algorithm>
#include <chrono>
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

/// What the events on an object ask for, and when what they tell of happened last.
struct Asked {
  bool is_stored = false;
  std::map<Wish, std::chrono::sys_seconds> last;

  std::optional<DatedWish> last_of(Wish wish) const {
    const auto found = last.find(wish);
    return found == last.end() ? std::nullopt : std::optional(DatedWish{wish, found->second});
  }
};

/// Whether what the deletion asked for was seen to since: Strava was asked, and showed the
/// activity, or a person brought it back.
bool is_answered(const DatedWish& deletion, event::ActivityId activity, store::Database& database) {
  const auto stored = store::Activities(database).find(activity);
  return stored && (stored->undeleted || was_shown_since(deletion, stored->fetched));
}

/// What is stored and was announced as deleted is asked for as such, whatever change was announced
/// behind that, as while events come in; but where that is an old story, just as any. So is what is
/// not stored: while events come in it costs no call then, but whoever has them replayed wants to
/// see whether one was wrong, or forged.
DatedWish word_on(std::int64_t object_id, const Asked& asked, store::Database& database) {
  if (const auto deauthorization = asked.last_of(Wish::kDeauthorize)) return *deauthorization;
  const auto change = asked.last_of(Wish::kFetch);
  const auto deletion = asked.last_of(Wish::kRemove);
  const bool is_to_be_removed = asked.is_stored && deletion &&
                                !is_answered(*deletion, event::ActivityId{object_id}, database);
  if (is_to_be_removed) return *deletion;
  return {Wish::kFetch, change ? change->event_time : deletion->event_time};
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
    const DatedWish word = word_on(object_id, asked, database);
    const bool is_new = store::Jobs(database).add_or_replace_dead(
        {store::Lane::kReconcile, word.wish, object_id, athlete, word.event_time,
         !asked.is_stored || asked.last.contains(Wish::kFetch)},
        now);
    if (!is_new) ++replayed.waiting;
  }
  replayed.jobs = objects.size();
  transaction.commit();
  return replayed;
}

}  // namespace hookspool::fetcher
