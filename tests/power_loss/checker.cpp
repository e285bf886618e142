#include "power_loss/checker.h"

#include <map>
#include <random>
#include <set>
#include <unordered_map>

#include "power_loss/disk.h"
#include "power_loss/restart.h"

namespace hookspool::power_loss {
namespace {

std::size_t hash_of(const Image& image) {
  std::size_t hash = 0;
  const auto mix = [&hash](const std::string& text) {
    hash = hash * 1'000'003 + std::hash<std::string>()(text);
  };
  for (const std::string& name : image.directories) mix(name);
  for (const auto& [name, content] : image.files) {
    mix(name);
    mix(content);
  }
  return hash;
}

std::string names_of(const Survival& survival) {
  constexpr const char* kNames[] = {"dropped", "kept", "head", "tail", "zeros"};
  std::string text;
  for (const Fate& fate : survival) text.append(text.empty() ? "" : ",").append(kNames[fate.kind]);
  return text;
}

class Checker {
 public:
  Checker(const Recording& recording, const Extent& extent)
      : recording_(recording), extent_(extent), random_(extent.seed) {
    report_.operations = recording.size();
  }

  Report run() {
    const auto answers = acknowledged(recording_);
    for (std::size_t i = 0; i <= recording_.size(); ++i) {
      const bool after_answer = i > 0 && answers.contains(i - 1);
      const bool is_tried = i % extent_.every == 0 || after_answer || i == recording_.size();
      if (i >= extent_.from && is_tried) lose_power(i);
      if (i == recording_.size() || has_failed_enough()) break;
      disk_.apply(recording_[i]);
      if (answers.contains(i)) acknowledged_.insert(answers.at(i).begin(), answers.at(i).end());
    }
    return report_;
  }

 private:
  void lose_power(std::size_t moment) {
    for (const Survival& survival : survivals(disk_.unsynced(), extent_.thoroughness, random_)) {
      if (has_failed_enough()) return;
      ++report_.states;
      const Outcome& outcome = outcome_of(disk_.after_power_loss(survival));
      for (const std::string& complaint : outcome.complaints) fail(moment, survival, complaint);
      std::string lost;
      for (const std::int64_t id : acknowledged_) {
        if (!outcome.events.contains(id)) lost += " " + std::to_string(id);
      }
      if (!lost.empty()) fail(moment, survival, "acknowledged and lost:" + lost);
    }
  }

  const Outcome& outcome_of(const Image& image) {
    const auto [known, is_new] = outcomes_.try_emplace(hash_of(image));
    if (!is_new) return known->second;
    known->second = restart(image, By::kTheSameCode);
    if (++report_.restarts % extent_.program_every != 1) return known->second;
    ++report_.by_the_program;
    const Outcome again = restart(image, By::kTheProgram);
    for (const std::string& complaint : again.complaints) {
      known->second.complaints.push_back("hookspool-fetcher: " + complaint);
    }
    if (again.events != known->second.events) {
      known->second.complaints.emplace_back("hookspool-fetcher and the same code differ");
    }
    return known->second;
  }

  void fail(std::size_t moment, const Survival& survival, const std::string& what) {
    const std::string before = moment == 0 ? "the start" : describe(recording_[moment - 1]);
    report_.failures.push_back("operation " + std::to_string(moment) + ", after " + before + ", [" +
                               names_of(survival) + "]: " + what);
  }

  bool has_failed_enough() const { return report_.failures.size() >= extent_.most_failures; }

  const Recording& recording_;
  const Extent extent_;
  std::mt19937 random_;
  Disk disk_;
  std::set<std::int64_t> acknowledged_;
  std::unordered_map<std::size_t, Outcome> outcomes_;
  Report report_;
};

}  // namespace

Report check(const Recording& recording, const Extent& extent) {
  return Checker(recording, extent).run();
}

}  // namespace hookspool::power_loss
