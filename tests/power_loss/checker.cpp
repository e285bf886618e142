#include "power_loss/checker.h"

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "power_loss/disk.h"
#include "power_loss/known_outcomes.h"
#include "power_loss/restart.h"

namespace hookspool::power_loss {
namespace {

std::string names_of(const Survival& survival) {
  constexpr const char* kNames[] = {"dropped", "kept", "head", "tail", "zeros"};
  std::string text;
  for (const Fate& fate : survival) text.append(text.empty() ? "" : ",").append(kNames[fate.kind]);
  return text;
}

/// What all threads of a check share.
class Findings {
 public:
  explicit Findings(std::size_t most_failures) : most_failures_(most_failures) {}

  void add_failure(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(sentence);
  }
  bool has_failed_enough() const {
    const std::lock_guard lock(mutex_);
    return failures_.size() >= most_failures_;
  }
  std::vector<std::string> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

  /// The next moment that nobody has taken yet.
  std::size_t take_moment() { return next_moment_++; }

  std::atomic<std::size_t> states = 0;
  std::atomic<std::size_t> by_the_program = 0;

 private:
  const std::size_t most_failures_;
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  std::atomic<std::size_t> next_moment_ = 0;
};

/// Both ways, every now and then.
Outcome restart_from(const Image& image, bool also_by_the_program) {
  Outcome outcome = restart(image, By::kTheSameCode);
  if (!also_by_the_program) return outcome;
  const Outcome again = restart(image, By::kTheProgram);
  for (const std::string& complaint : again.complaints) {
    outcome.complaints.push_back("hookspool-fetcher: " + complaint);
  }
  if (again.events != outcome.events) {
    outcome.complaints.emplace_back("hookspool-fetcher and the same code differ");
  }
  return outcome;
}

/// One thread's walk through the recording, which stops at the moments that it has taken.
class Walk {
 public:
  Walk(const Recording& recording, const Extent& extent, Findings& findings,
       KnownOutcomes& outcomes)
      : recording_(recording),
        answers_(acknowledged(recording)),
        extent_(extent),
        findings_(findings),
        outcomes_(outcomes) {}

  void run() {
    std::size_t mine = findings_.take_moment();
    for (std::size_t i = 0; i <= recording_.size() && !findings_.has_failed_enough(); ++i) {
      if (i == mine) {
        if (is_tried(i)) lose_power(i);
        mine = findings_.take_moment();
      }
      if (i == recording_.size()) break;
      disk_.apply(recording_[i]);
      if (answers_.contains(i)) acknowledged_.insert(answers_.at(i).begin(), answers_.at(i).end());
    }
  }

 private:
  bool is_tried(std::size_t moment) const {
    const bool after_answer = moment > 0 && answers_.contains(moment - 1);
    return moment >= extent_.from &&
           (moment % extent_.every == 0 || after_answer || moment == recording_.size());
  }

  void lose_power(std::size_t moment) {
    // The same whichever thread it is.
    std::seed_seq seeds{std::size_t{extent_.seed}, moment};
    std::mt19937 random(seeds);
    for (const Survival& survival : survivals(disk_.unsynced(), extent_.thoroughness, random)) {
      if (findings_.has_failed_enough()) return;
      ++findings_.states;
      const Outcome& outcome = outcomes_.of(disk_.after_power_loss(survival));
      for (const std::string& complaint : outcome.complaints) fail(moment, survival, complaint);
      std::string lost;
      for (const std::int64_t id : acknowledged_) {
        if (!outcome.events.contains(id)) lost += " " + std::to_string(id);
      }
      if (!lost.empty()) fail(moment, survival, "acknowledged and lost:" + lost);
    }
  }

  void fail(std::size_t moment, const Survival& survival, const std::string& what) {
    const std::string before = moment == 0 ? "the start" : describe(recording_[moment - 1]);
    findings_.add_failure("operation " + std::to_string(moment) + ", after " + before + ", [" +
                          names_of(survival) + "]: " + what);
  }

  const Recording& recording_;
  const std::map<std::size_t, std::set<std::int64_t>> answers_;
  const Extent& extent_;
  Findings& findings_;
  KnownOutcomes& outcomes_;
  Disk disk_;
  std::set<std::int64_t> acknowledged_;
};

}  // namespace

Report check(const Recording& recording, const Extent& extent) {
  Findings findings(extent.most_failures);
  KnownOutcomes outcomes([&](const Image& image, std::size_t before) {
    const bool also_by_the_program = before % extent.program_every == 0;
    if (also_by_the_program) ++findings.by_the_program;
    return restart_from(image, also_by_the_program);
  });
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < extent.threads; ++i) {
      threads.emplace_back([&] {
        try {
          Walk(recording, extent, findings, outcomes).run();
        } catch (const std::exception& error) {
          findings.add_failure(std::string("the check itself failed: ") + error.what());
        }
      });
    }
  }
  return {recording.size(), findings.states, outcomes.size(), findings.by_the_program,
          findings.failures()};
}

}  // namespace hookspool::power_loss
