#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <mutex>
#include <optional>

#include "event/event.h"

namespace hookspool::receiver {

/// The id that events must carry: the configuration's if it names one, else what hookspoolctl wrote
/// to spool/subscription, which may appear, change or vanish while the receiver runs. Thread-safe.
class KnownSubscription {
 public:
  KnownSubscription(std::optional<event::SubscriptionId> configured, std::filesystem::path file);

  /// Nothing while none is known. A file that cannot be read or holds no id counts as none, with
  /// one line in the log: refusing events for it would lose them.
  std::optional<event::SubscriptionId> id();

 private:
  void reread();

  std::optional<event::SubscriptionId> configured_;
  std::filesystem::path file_;
  std::mutex mutex_;
  struct timespec modified_ {};                   // guarded by mutex_
  ino_t inode_ = 0;                               // guarded by mutex_
  bool unreadable_ = false;                       // guarded by mutex_; at the last attempt
  std::optional<event::SubscriptionId> in_file_;  // guarded by mutex_
};

}  // namespace hookspool::receiver
