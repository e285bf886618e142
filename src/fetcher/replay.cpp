#include "fetcher/replay.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fetcher/reduce.h"
#include "fetcher/subject.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using store::Wish;

namespace {

/// What events say that ask for the same, of the same object, and name the same owner.
using Word = std::tuple<Wish, std::int64_t, event::AthleteId>;

struct Spoken {
  std::size_t events = 0;
  std::chrono::sys_seconds last{};  ///< when what they tell of happened last
};

/// An event that nobody took for one when it came in.
struct Recognized {
  std::string record_id;
  event::Kind kind = event::Kind::kUnknown;
  Timestamp received;
  bool has_right_signature = false;
};

/// What of it matters is small, however much the events say.
struct Journal {
  std::map<Word, Spoken> words;
  std::vector<Recognized> recognized;
  std::size_t refused = 0;
};

Journal read_journal(store::Database& database, const Judge& judge,
                     const store::Events::Query& query) {
  Journal journal;
  store::Events(database).for_each(query, [&](const store::AcceptedEvent& accepted) {
    const Judgement judgement = judge.judge(accepted);
    if (judgement.is_refused) ++journal.refused;
    const event::Event& event = judgement.event;
    const auto wish = wish_of(event.kind);
    if (!wish) return;
    if (accepted.event.kind == event::Kind::kUnknown) {
      journal.recognized.push_back(
          {accepted.record_id, event.kind, accepted.received, judgement.has_right_signature});
    }
    Spoken& spoken = journal.words[{*wish, event.object_id, event.owner_id}];
    ++spoken.events;
    spoken.last = std::max(spoken.last, event.event_time);
  });
  return journal;
}

/// Some at a time, so that the fetcher need not wait for all.
void keep(const std::vector<Recognized>& recognized, store::Database& database) {
  constexpr std::size_t kPerTransaction = 2000;
  for (std::size_t begin = 0; begin < recognized.size(); begin += kPerTransaction) {
    const std::size_t end = std::min(begin + kPerTransaction, recognized.size());
    store::Counters::Count events;
    store::Counters::Count right_signatures;
    store::Transaction transaction(database);
    for (std::size_t i = begin; i < end; ++i) {
      const Recognized& one = recognized[i];
      if (!store::Events(database).recognize(one.record_id, one.kind)) continue;
      events.note(one.received);
      if (one.has_right_signature) right_signatures.note(one.received);
    }
    store::Counters counters(database);
    counters.add(store::counter::kEvent, events);
    counters.add(store::counter::kRightSignature, right_signatures);
    transaction.commit();
  }
}

/// Of whom a job asks, and whether it is about themselves, or about an activity.
using Object = std::tuple<bool, std::int64_t, event::AthleteId>;

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

/// What is to be done. Words of athletes who are not here are only counted.
std::map<Object, Asked> sort_out(const std::map<Word, Spoken>& words, store::Database& database,
                                 Replayed& replayed) {
  std::set<event::AthleteId> athletes;
  for (const store::Athlete& athlete : store::Athletes(database).list())
    athletes.insert(athlete.id);
  std::map<Object, Asked> objects;
  for (const auto& [word, spoken] : words) {
    const auto& [wish, object_id, owner] = word;
    replayed.events += spoken.events;
    if (!athletes.contains(owner)) {
      replayed.unknown += spoken.events;
      continue;
    }
    const Subject subject = subject_of(database, wish, object_id, owner);
    Asked& asked = objects[{wish == Wish::kDeauthorize, subject.object_id, subject.athlete}];
    asked.is_stored = subject.is_stored;
    auto& last = asked.last.emplace(wish, spoken.last).first->second;
    last = std::max(last, spoken.last);
  }
  return objects;
}

}  // namespace

Replayed replay(store::Database& database, const Judge& judge, Timestamp since,
                std::optional<std::int64_t> object_id, Timestamp now) {
  Replayed replayed;
  // Before the lock is taken: a long journal takes seconds. What comes in meanwhile makes its job
  // by itself.
  const Journal journal = read_journal(database, judge, {since, object_id});
  replayed.refused = journal.refused;
  if (journal.words.empty()) return replayed;
  keep(journal.recognized, database);
  store::Transaction transaction(database);
  const std::map<Object, Asked> objects = sort_out(journal.words, database, replayed);
  for (const auto& [object, asked] : objects) {
    const auto& [is_of_athlete, id, athlete] = object;
    const DatedWish word = word_on(id, asked, database);
    const bool is_new = store::Jobs(database).add_or_replace_dead(
        {store::Lane::kReconcile, word.wish, id, athlete, word.event_time,
         !asked.is_stored || asked.last.contains(Wish::kFetch)},
        now);
    if (!is_new) ++replayed.waiting;
  }
  replayed.jobs = objects.size();
  transaction.commit();
  return replayed;
}

}  // namespace hookspool::fetcher
