#include "receiver/known_subscription.h"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/file_content.h"
#include "base/log.h"

namespace hookspool::receiver {
namespace {

std::optional<event::SubscriptionId> parse_id(const std::string& text) {
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const bool whole = end == last || (end == last - 1 && *end == '\n');
  if (error != std::errc{} || !whole || number <= 0) return std::nullopt;
  return event::SubscriptionId{number};
}

}  // namespace

KnownSubscription::KnownSubscription(std::optional<event::SubscriptionId> configured,
                                     std::filesystem::path file)
    : configured_(configured), file_(std::move(file)) {}

std::optional<event::SubscriptionId> KnownSubscription::id() {
  if (configured_) return configured_;
  struct stat status {};
  const bool exists = ::stat(file_.c_str(), &status) == 0;
  const std::lock_guard guard(mutex_);
  if (!exists) {
    inode_ = 0;
    unreadable_ = false;
    in_file_.reset();
  } else if (unreadable_ || status.st_ino != inode_ || status.st_mtim.tv_sec != modified_.tv_sec ||
             status.st_mtim.tv_nsec != modified_.tv_nsec) {
    inode_ = status.st_ino;
    modified_ = status.st_mtim;
    reread();
  }
  return in_file_;
}

void KnownSubscription::reread() {
  in_file_.reset();
  constexpr std::size_t kMoreThanAnId = 64;
  try {
    in_file_ = parse_id(read_file(file_, kMoreThanAnId));
    unreadable_ = false;
  } catch (const SystemError& error) {
    // Read again the next time: the fault may pass though the file does not change.
    if (!std::exchange(unreadable_, true)) {
      log::warning(std::string(error.what()) + "; accepting events of any subscription");
    }
    return;
  }
  if (!in_file_) {
    log::warning(file_.string() +
                 " holds no subscription id; accepting events of any subscription until "
                 "hookspoolctl subscribe writes it anew");
  }
}

}  // namespace hookspool::receiver
