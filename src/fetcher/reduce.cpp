#include "fetcher/reduce.h"

#include <string>
#include <variant>

namespace hookspool::fetcher {

using store::Wish;

std::optional<Wish> wish_of(event::Kind kind) {
  switch (kind) {
    case event::Kind::kActivityCreate:
    case event::Kind::kActivityUpdate:
      return Wish::kFetch;
    case event::Kind::kActivityDelete:
      return Wish::kRemove;
    case event::Kind::kAthleteDeauthorize:
      return Wish::kDeauthorize;
    case event::Kind::kUnknown:
      return std::nullopt;
  }
  return std::nullopt;
}

bool has_last_word(const DatedWish& event, const DatedWish& other) {
  if (event.event_time != other.event_time) return event.event_time > other.event_time;
  return event.wish == Wish::kRemove || other.wish != Wish::kRemove;
}

bool was_shown_since(const DatedWish& event, Timestamp shown) {
  constexpr std::chrono::minutes kClearlyLater{10};
  if (event.wish == Wish::kRemove) return shown > event.event_time + kClearlyLater;
  return shown >= event.event_time;
}

bool leads_to_job(const DatedWish& event, const Known& known) {
  if (event.wish == Wish::kDeauthorize) return true;
  const bool is_answered = known.shown && was_shown_since(event, *known.shown);
  if (known.names_another && is_answered) return false;
  const std::optional<DatedWish>& before = known.job ? known.job : known.newest;
  if (!before || has_last_word(event, *before)) return true;
  const bool is_news = known.shown && !is_answered;
  if (event.wish == Wish::kRemove) return is_news;
  return !known.job && (is_news || before->wish == Wish::kRemove);
}

std::optional<store::ActivityUpdate> update_in(const event::Event& event) {
  if (event.kind != event::Kind::kActivityUpdate || event.updates.empty()) return std::nullopt;
  store::ActivityUpdate update;
  for (const auto& [name, value] : event.updates) {
    const auto* text = std::get_if<std::string>(&value);
    if (name == "title" && text != nullptr) {
      update.name = *text;
    } else if (name == "private" && event::updates_to(event, name, true)) {
      update.only_me = true;
    } else {
      return std::nullopt;
    }
  }
  return update;
}

}  // namespace hookspool::fetcher
