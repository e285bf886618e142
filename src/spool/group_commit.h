#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "spool/file_system.h"
#include "spool/journal.h"
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
  /// Called once, by a thread that commits, or by submit() itself if too many wait: with true after
  /// the record is on stable storage, with false if it could not be put there. Must not throw, and
  /// must not wait long: the others of the batch come after it.
  virtual void finished(bool durable) noexcept = 0;
};

/// Lets concurrent requests share one write and one fdatasync: those who arrive while a commit is
/// under way ride the next.
///
/// It has no threads of its own. Of those that submit one commits for all, and the others need not
/// wait for it: what a request costs besides the fdatasync is above all to wake a thread for it
/// (docs/performance.md). Two that commit at once would each have half of the batch, and it is the
/// fdatasync that costs. Thread-safe.
class GroupCommit {
 public:
  /// What may be held by all that waits. A thousand events of Strava's hold as much; whoever posts
  /// larger ones while the disk is slow is refused, rather than served with all the memory.
  static constexpr std::size_t kMostHeld = 16UL * 1024 * 1024;

  /// `files` and `clock` must outlive this.
  GroupCommit(FileSystem& files, const Clock& clock, const Layout& layout);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  /// Commits what still waits.
  ~GroupCommit();

  /// Takes the submission over and returns at once. Whoever submits calls commit() soon after.
  void submit(std::unique_ptr<Submission> submission);

  /// Commits what waits, with one write; returns at once if another thread does so, or if nothing
  /// waits. True if more waits by then, which is for the caller to commit soon, together with what
  /// it can submit until then. Waits for the disk, so one more thread is needed than is to serve
  /// meanwhile.
  bool commit();
  /// Until nothing waits, or another thread commits.
  void commit_all();

 private:
  using Submissions = std::vector<std::unique_ptr<Submission>>;
  /// What is committed together.
  struct Batch {
    Submissions submissions;
    std::size_t held = 0;  ///< by all of them
  };

  std::optional<Batch> begin();
  bool end(std::size_t no_longer_held);
  void commit(const Batch& batch);
  void refuse(Submission& submission);
  /// To be called with mutex_ held.
  void tell_of_too_many();
  void report(const std::string& fault, std::size_t batch_size);

  std::mutex mutex_;
  Submissions waiting_;         // guarded by mutex_
  bool committing_ = false;     // guarded by mutex_
  std::size_t held_ = 0;        // guarded by mutex_; by what waits and by the batch under way
  std::size_t too_many_ = 0;    // guarded by mutex_; refused for it since the last line in the log
  Timestamp told_of_too_many_;  // guarded by mutex_
  const Clock& clock_;
  // Those below are the committing thread's.
  Journal journal_;
  std::string lines_;
  std::string last_fault_;   // empty while the spool works
  std::size_t refused_ = 0;  // since last_fault_ began
};

}  // namespace hookspool::spool
