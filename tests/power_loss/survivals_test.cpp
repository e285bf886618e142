#include "power_loss/survivals.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hookspool::power_loss {
namespace {

/// Each way once.
std::set<std::string> texts_of(const std::vector<Survival>& survivals) {
  std::set<std::string> texts;
  for (const Survival& survival : survivals) {
    std::string text;
    for (const Fate& fate : survival) {
      text += std::to_string(fate.kind) + "@" + std::to_string(fate.at) + " ";
    }
    texts.insert(text);
  }
  return texts;
}

std::vector<Survival> survivals_of(const std::vector<Unsynced>& changes,
                                   const Thoroughness& thoroughness) {
  std::mt19937 random(1);
  return survivals(changes, thoroughness, random);
}

TEST(Survivals, OfNoChangesIsTheOneInWhichNothingHappened) {
  EXPECT_EQ(survivals_of({}, {100, 0, 0}), std::vector<Survival>{{}});
}

TEST(Survivals, AreEveryCombinationOfFewChanges) {
  // Two entries, and two writes, torn in four ways and in eight: at sectors and at pages, too.
  const std::vector<Unsynced> changes{{}, {}, {.bytes = 100}, {.bytes = 5'000}};
  const auto all = survivals_of(changes, {1'000, 0, 0});

  EXPECT_EQ(all.size(), 2U * 2 * 6 * 10);
  EXPECT_EQ(texts_of(all).size(), all.size());
}

TEST(Survivals, LeaveOutWhatCannotBeWithoutAnother) {
  const std::vector<Unsynced> rename{{}, {.needs = 0}};
  EXPECT_EQ(texts_of(survivals_of(rename, {100, 0, 0})),
            (std::set<std::string>{"0@0 0@0 ", "1@0 0@0 ", "1@0 1@0 "}));
}

TEST(Survivals, OfManyChangesAreEachAloneAmongOthersThatAreKeptOrDropped) {
  const std::vector<Unsynced> entries(20);
  const auto all = survivals_of(entries, {1'000, SIZE_MAX, 5});

  EXPECT_EQ(all.size(), 2 + 2 * entries.size() + 5);
  EXPECT_GE(texts_of(all).size(), 2 + 2 * entries.size());
}

}  // namespace
}  // namespace hookspool::power_loss
