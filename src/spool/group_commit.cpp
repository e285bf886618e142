#include "spool/group_commit.h"

#include <chrono>
#include <exception>
#include <utility>

#include "base/log.h"

namespace hookspool::spool {
namespace {

/// Some thousand records. What is in memory for a write is a copy of what waits.
constexpr std::size_t kLongestWrite = 1024UL * 1024;

constexpr std::chrono::minutes kBetweenLines{1};

}  // namespace

GroupCommit::GroupCommit(FileSystem& files, const Clock& clock, const Layout& layout)
    : clock_(clock), journal_(files, clock, layout) {}

GroupCommit::~GroupCommit() {
  commit_all();
  const std::lock_guard guard(mutex_);
  if (too_many_ > 0) tell_of_too_many();
}

void GroupCommit::submit(std::unique_ptr<Submission> submission) {
  {
    const std::lock_guard guard(mutex_);
    if (held_ == 0 || held_ + submission->held() <= kMostHeld) {
      held_ += submission->held();
      waiting_.push_back(std::move(submission));
      return;
    }
  }
  refuse(*submission);
}

bool GroupCommit::commit() {
  std::optional<Batch> batch = begin();
  if (!batch) return false;
  commit(*batch);
  batch->submissions.clear();
  return end(batch->held);
}

void GroupCommit::commit_all() {
  while (commit()) {
  }
}

void GroupCommit::refuse(Submission& submission) {
  submission.finished(false);
  const std::lock_guard guard(mutex_);
  ++too_many_;
  const Timestamp now = clock_.now();
  if (now - told_of_too_many_ < kBetweenLines && now >= told_of_too_many_) return;
  told_of_too_many_ = now;
  tell_of_too_many();
}

void GroupCommit::tell_of_too_many() {
  log::warning(
      "more events arrive than the disk takes; answered 503, Strava repeats them refused=" +
      std::to_string(std::exchange(too_many_, 0)));
}

/// Nothing if there is nothing to do, or another thread does it.
std::optional<GroupCommit::Batch> GroupCommit::begin() {
  const std::lock_guard guard(mutex_);
  if (committing_ || waiting_.empty()) return std::nullopt;
  committing_ = true;
  Batch batch;
  std::size_t bytes = 0;
  auto next = waiting_.begin();
  for (; next != waiting_.end() && bytes < kLongestWrite; ++next) {
    bytes += (*next)->line().size();
    batch.held += (*next)->held();
    batch.submissions.push_back(std::move(*next));
  }
  waiting_.erase(waiting_.begin(), next);
  return batch;
}

bool GroupCommit::end(std::size_t no_longer_held) {
  const std::lock_guard guard(mutex_);
  committing_ = false;
  held_ -= no_longer_held;
  return !waiting_.empty();
}

void GroupCommit::commit(const Batch& batch) {
  std::string fault;
  try {
    lines_.clear();
    for (const auto& submission : batch.submissions) lines_ += submission->line();
    journal_.append(lines_);
  } catch (const std::exception& error) {
    // Above all SpoolUnavailable; whatever it is, nobody may take the records for kept.
    fault = error.what();
  }
  for (const auto& submission : batch.submissions) submission->finished(fault.empty());
  report(fault, batch.submissions.size());
}

/// One line when a fault begins or changes and one when it ends, however many events it refused.
void GroupCommit::report(const std::string& fault, std::size_t batch_size) {
  if (!fault.empty()) {
    if (fault != last_fault_) {
      log::error(fault + "; answering 503 until the spool works again, Strava repeats the events");
      last_fault_ = fault;
    }
    refused_ += batch_size;
  } else if (!last_fault_.empty()) {
    log::info("the spool works again refused=" + std::to_string(refused_));
    last_fault_.clear();
    refused_ = 0;
  }
}

}  // namespace hookspool::spool
