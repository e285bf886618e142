#include "spool/group_commit.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "spool/journal.h"

namespace hookspool::spool {

GroupCommit::GroupCommit(FileSystem& files, const Clock& clock, const Layout& layout,
                         std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, &files, &clock, layout] { run(files, clock, layout); });
  }
}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void GroupCommit::submit(std::unique_ptr<Submission> submission) {
  bool was_empty = false;
  {
    const std::lock_guard guard(mutex_);
    was_empty = waiting_.empty();
    waiting_.push_back(std::move(submission));
  }
  if (was_empty) arrived_.notify_one();
}

void GroupCommit::run(FileSystem& files, const Clock& clock, const Layout& layout) {
  Journal journal(files, clock, layout);
  Batch batch;
  std::string lines;
  while (next_batch(batch)) {
    std::string fault;
    try {
      lines.clear();
      for (const auto& submission : batch) lines += submission->line();
      journal.append(lines);
    } catch (const std::exception& error) {
      // Above all SpoolUnavailable; whatever it is, nobody may take the records for kept.
      fault = error.what();
    }
    for (const auto& submission : batch) submission->finished(fault.empty());
    report(fault, batch.size());
    batch.clear();
  }
}

bool GroupCommit::next_batch(Batch& batch) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  batch.swap(waiting_);
  return !batch.empty();
}

/// One line when a fault begins or changes and one when it ends, however many events it refused.
void GroupCommit::report(const std::string& fault, std::size_t batch_size) {
  const std::lock_guard guard(mutex_);
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
