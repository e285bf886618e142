#pragma once

#include <filesystem>
#include <optional>

#include "event/event.h"

namespace hookspool::ctl {

/// <spool>/subscription: the id that the receiver wants to see in every event, in decimal digits
/// with a newline. Without it the receiver takes events of any subscription.
class SubscriptionFile {
 public:
  explicit SubscriptionFile(const std::filesystem::path& spool);

  const std::filesystem::path& path() const { return path_; }

  /// Makes sure that there is a spool directory to write into.
  /// \throws SystemError
  void prepare() const;

  /// Nothing if there is no such file, or no id in it.
  /// \throws SystemError  it is there and cannot be read
  std::optional<event::SubscriptionId> read() const;

  /// Durable, and whole for whoever reads at that moment. Everybody may read it.
  /// \throws SystemError
  void write(event::SubscriptionId id) const;

  /// No error if it is not there.
  /// \throws SystemError
  void remove() const;

 private:
  std::filesystem::path spool_;
  std::filesystem::path path_;
};

}  // namespace hookspool::ctl
