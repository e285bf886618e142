#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "fetcher/backoff.h"
#include "fetcher/command_runner.h"
#include "store/database.h"
#include "store/notifications.h"
#include "strava/http_transport.h"

namespace hookspool::fetcher {

/// Who is to be told of changes: "command" if there is one, and the URLs.
std::vector<std::string> consumers_of(const config::NotifyConfig& config);

/// A consumer as it may stand in a log or on a screen: a URL without its path, which may hold a
/// secret.
std::string name_of_consumer(const std::string& consumer);

/// Tells the consumers of changes, each at its own pace: at least once, those on one object in
/// their order. docs/notifications.md has the contract.
class Notifier {
 public:
  /// What it works with; all must outlive it.
  struct Parts {
    store::Database& database;
    strava::HttpTransport& transport;
    const Clock& clock;
  };

  /// `holder` names this process.
  Notifier(const Parts& parts, const config::NotifyConfig& config, std::string holder,
           Random random);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Begins what is due, as far as each consumer has room. How many that were.
  std::size_t begin_due();
  /// Deals with commands that have ended, or should have.
  void poll();

  /// What was begun and has not ended.
  std::size_t in_progress() const { return *in_progress_; }
  /// The moment from which on begin_due() or poll() finds something to do.
  std::optional<Timestamp> next_due();
  /// The same for poll() alone: when the time of a command is over.
  std::optional<Timestamp> next_deadline() const { return commands_.next_deadline(); }

 private:
  /// In progress for as long as anybody has this.
  using InHand = std::shared_ptr<const store::Notification>;

  std::size_t room_of(const std::string& consumer) const;
  InHand take(const store::Notification& notification);
  void begin(const InHand& notification);
  void run_command(const InHand& notification);
  void post(const InHand& notification);
  void command_ended(const InHand& notification, const CommandEnd& end);
  void posted(const InHand& notification, const strava::HttpResult& result);
  void delivered(const store::Notification& notification);
  void try_again(const store::Notification& notification, const std::string& why);
  void bury(const store::Notification& notification, const std::string& why);

  Parts parts_;
  config::NotifyConfig config_;
  std::vector<std::string> consumers_;
  std::string holder_;
  Random random_;
  CommandRunner commands_;
  /// Shared with what is in hand: callbacks of the transport may outlive the notifier.
  std::shared_ptr<std::size_t> in_progress_ = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::map<std::string, std::size_t>> under_way_ =
      std::make_shared<std::map<std::string, std::size_t>>();
};

}  // namespace hookspool::fetcher
