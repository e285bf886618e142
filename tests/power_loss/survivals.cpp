#include "power_loss/survivals.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace hookspool::power_loss {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4096;

/// What can become of a change but that all of it is kept or dropped.
std::vector<Fate> torn_fates(const Unsynced& change) {
  if (change.bytes < 2) return {};
  std::vector<Fate> fates{{Fate::kZeros},
                          {Fate::kHead, change.bytes / 2},
                          {Fate::kHead, change.bytes - 1},
                          {Fate::kTail, change.bytes / 2}};
  for (const std::size_t block : {kSector, kPage}) {
    if (change.bytes <= block) continue;
    fates.push_back({Fate::kHead, block});
    fates.push_back({Fate::kTail, block});
  }
  return fates;
}

std::vector<Fate> fates_of(const Unsynced& change) {
  std::vector<Fate> fates = torn_fates(change);
  fates.push_back({Fate::kKept});
  fates.push_back({Fate::kDropped});
  return fates;
}

bool survives(const Fate& fate) {
  return fate.kind != Fate::kDropped;
}

bool can_be(const std::vector<Unsynced>& changes, const Survival& survival) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto& needs = changes[i].needs;
    if (needs && survives(survival[i]) && !survives(survival[*needs])) return false;
  }
  return true;
}

/// Nothing if they are more than `most`.
std::optional<std::vector<Survival>> combinations(const std::vector<Unsynced>& changes,
                                                  std::size_t most) {
  std::vector<Survival> all{{}};
  for (const Unsynced& change : changes) {
    const std::vector<Fate> fates = fates_of(change);
    if (all.size() * fates.size() > most) return std::nullopt;
    std::vector<Survival> longer;
    for (const Survival& survival : all) {
      for (const Fate& fate : fates) {
        longer.push_back(survival);
        longer.back().push_back(fate);
      }
    }
    all = std::move(longer);
  }
  std::erase_if(all, [&](const Survival& survival) { return !can_be(changes, survival); });
  return all;
}

/// Without the changes that cannot be there because another is not.
void drop_dependents(const std::vector<Unsynced>& changes, Survival& survival) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].needs && !survives(survival[*changes[i].needs])) survival[i] = {Fate::kDropped};
  }
}

Survival all_but_one(const std::vector<Unsynced>& changes, const Fate& others, std::size_t one,
                     const Fate& fate) {
  Survival survival(changes.size(), others);
  survival[one] = fate;
  if (survives(fate) && changes[one].needs) survival[*changes[one].needs] = {Fate::kKept};
  drop_dependents(changes, survival);
  return survival;
}

std::vector<Survival> singles(const std::vector<Unsynced>& changes) {
  std::vector<Survival> all;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    all.push_back(all_but_one(changes, {Fate::kKept}, i, {Fate::kDropped}));
    all.push_back(all_but_one(changes, {Fate::kDropped}, i, {Fate::kKept}));
    for (const Fate& fate : torn_fates(changes[i])) {
      all.push_back(all_but_one(changes, {Fate::kKept}, i, fate));
      all.push_back(all_but_one(changes, {Fate::kDropped}, i, fate));
    }
  }
  return all;
}

Survival any(const std::vector<Unsynced>& changes, std::mt19937& random) {
  Survival survival;
  for (const Unsynced& change : changes) {
    std::vector<Fate> fates = torn_fates(change);
    // As often as not a change is torn, and of the others half are kept.
    fates.resize(fates.size() + std::max<std::size_t>(fates.size() / 2, 1), {Fate::kKept});
    fates.resize(fates.size() + std::max<std::size_t>(fates.size() / 3, 1), {Fate::kDropped});
    survival.push_back(fates[random() % fates.size()]);
  }
  drop_dependents(changes, survival);
  return survival;
}

}  // namespace

std::vector<Survival> survivals(const std::vector<Unsynced>& changes,
                                const Thoroughness& thoroughness, std::mt19937& random) {
  if (auto every = combinations(changes, thoroughness.most_combinations)) return *every;
  std::vector<Survival> all{Survival(changes.size(), {Fate::kDropped})};
  if (changes.empty()) return all;
  all.emplace_back(changes.size(), Fate{Fate::kKept});
  std::vector<Survival> each = singles(changes);
  if (each.size() > thoroughness.most_singles) {
    std::shuffle(each.begin(), each.end(), random);
    each.resize(thoroughness.most_singles);
  }
  all.insert(all.end(), each.begin(), each.end());
  if (changes.size() == 1) return all;
  for (std::size_t i = 0; i < thoroughness.at_random; ++i) all.push_back(any(changes, random));
  return all;
}

}  // namespace hookspool::power_loss
