#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "spool/file_system.h"
#include "spool/layout.h"

namespace hookspool::spool {

/// Something that waits for its record to be durable: in the receiver, a request.
class Submission {
 public:
  virtual ~Submission() = default;
  /// The record, as encode() makes it. Valid until finished() is called.
  virtual const std::string& line() const = 0;
  /// How many bytes it keeps in memory while it waits, those of the line included.
  virtual std::size_t held() const = 0;
  /// Called once, on a committing thread, or by submit() itself if too many wait: with true after
  /// the record is on stable storage, with false if it could not be put there. Must not throw, and
  /// must not wait long: the others of the batch come after it.
  virtual void finished(bool durable) noexcept = 0;
};

/// Lets concurrent requests share one write and one fdatasync: those who arrive while a commit is
/// under way ride the next.
///
/// Requests are handed over rather than made to wait, since waking a thread for each costs more
/// than the fdatasync (docs/performance.md).
class GroupCommit {
 public:
  /// What may be held by all that waits. A thousand events of Strava's hold as much; whoever posts
  /// larger ones while the disk is slow is refused, rather than served with all the memory.
  static constexpr std::size_t kMostHeld = 16UL * 1024 * 1024;

  /// Starts `threads` committing threads, each with a Journal of its own, so that one can write
  /// while another waits for the disk. `files` and `clock` must outlive this.
  GroupCommit(FileSystem& files, const Clock& clock, const Layout& layout, std::size_t threads);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  /// Finishes whatever was submitted, then stops.
  ~GroupCommit();

  /// Takes the submission over and returns at once. Thread-safe.
  void submit(std::unique_ptr<Submission> submission);

 private:
  using Submissions = std::vector<std::unique_ptr<Submission>>;
  /// What is committed together.
  struct Batch {
    Submissions submissions;
    std::size_t held = 0;  ///< by all of them
  };

  void run(FileSystem& files, const Layout& layout);
  bool next_batch(Batch& batch);
  void refuse(Submission& submission);
  /// To be called with mutex_ held.
  void tell_of_too_many();
  void report(const std::string& fault, std::size_t batch_size);

  std::mutex mutex_;
  std::condition_variable arrived_;
  Submissions waiting_;         // guarded by mutex_
  std::size_t held_ = 0;        // guarded by mutex_; by what waits and by the batches under way
  std::size_t too_many_ = 0;    // guarded by mutex_; refused for it since the last line in the log
  Timestamp told_of_too_many_;  // guarded by mutex_
  const Clock& clock_;
  bool stopping_ = false;    // guarded by mutex_
  std::string last_fault_;   // guarded by mutex_; empty while the spool works
  std::size_t refused_ = 0;  // guarded by mutex_; since last_fault_ began
  std::vector<std::thread> threads_;
};

}  // namespace hookspool::spool
