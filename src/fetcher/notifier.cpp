#include "fetcher/notifier.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "base/exit_code.h"
#include "base/log.h"
#include "fetcher/backoff.h"
#include "fetcher/lease_times.h"
#include "fetcher/message.h"
#include "signature/standard_webhook.h"
#include "strava/http_status.h"

namespace hookspool::fetcher {

namespace http_status = strava::http_status;

namespace {

constexpr const char* kCommand = "command";

/// A receiver that takes its time is given this many at once.
constexpr std::size_t kPostsAtOnce = 4;

std::string describe(const store::Notification& notification) {
  return " kind=" + notification.kind + " object=" + std::to_string(notification.object_id) +
         " id=" + notification.change_id + " consumer=" + name_of_consumer(notification.consumer);
}

const char* name_of(strava::TransportFault fault) {
  switch (fault) {
    case strava::TransportFault::kNoConnection:
      return "it cannot be reached";
    case strava::TransportFault::kTls:
      return "its certificate, or something else of TLS, is not in order";
    case strava::TransportFault::kTimeout:
      return "it gave no whole answer in time";
    case strava::TransportFault::kWithdrawn:
      return "it was not sent";
    case strava::TransportFault::kOther:
      break;
  }
  return "it gave no answer";
}

/// `error` is execv's.
std::string why_not(const std::filesystem::path& program, int error) {
  std::error_code ignored;
  if (error == ENOEXEC) {
    return "it is neither a program of this machine nor a script whose first line names its "
           "interpreter, such as #!/bin/sh";
  }
  if (error == ENOENT && std::filesystem::exists(program, ignored)) {
    return "the interpreter that its first line names is not there; a line end of Windows would "
           "be taken for a part of its name";
  }
  return std::generic_category().message(error);
}

}  // namespace

std::vector<std::string> consumers_of(const config::NotifyConfig& config) {
  std::vector<std::string> consumers = config.urls;
  if (!config.command.empty()) consumers.emplace_back(kCommand);
  return consumers;
}

std::string name_of_consumer(const std::string& consumer) {
  const auto host = consumer.find("://");
  if (host == std::string::npos) return consumer;
  const std::string origin = consumer.substr(0, consumer.find_first_of("/?#", host + 3));
  const auto user = origin.rfind('@');
  if (user == std::string::npos) return origin;
  return origin.substr(0, host + 3) + origin.substr(user + 1);
}

Notifier::Notifier(const Parts& parts, const config::NotifyConfig& config, std::string holder,
                   Random random)
    : parts_(parts),
      config_(config),
      consumers_(consumers_of(config)),
      holder_(std::move(holder)),
      random_(std::move(random)),
      commands_(parts.clock, config.command, config.command_timeout) {}

std::size_t Notifier::room_of(const std::string& consumer) const {
  const std::size_t most = consumer == kCommand ? config_.command_concurrency : kPostsAtOnce;
  const auto busy = under_way_->find(consumer);
  return busy == under_way_->end() ? most : most - std::min(most, busy->second);
}

std::size_t Notifier::begin_due() {
  std::size_t begun = 0;
  const Timestamp now = parts_.clock.now();
  for (const std::string& consumer : consumers_) {
    store::Notifications notifications(parts_.database);
    const auto due = notifications.next_due(consumer);
    if (!due || *due > now || room_of(consumer) == 0) continue;
    for (const store::Notification& notification :
         notifications.claim(consumer, room_of(consumer), holder_, now,
                             now + kNotificationLease + config_.command_timeout)) {
      begin(take(notification));
      ++begun;
    }
  }
  return begun;
}

Notifier::InHand Notifier::take(const store::Notification& notification) {
  ++*in_progress_;
  ++(*under_way_)[notification.consumer];
  return {new store::Notification(notification),
          [count = in_progress_, under_way = under_way_](const store::Notification* ended) {
            --*count;
            --(*under_way)[ended->consumer];
            delete ended;
          }};
}

void Notifier::begin(const InHand& notification) {
  if (notification->consumer == kCommand) return run_command(notification);
  post(notification);
}

void Notifier::run_command(const InHand& notification) {
  commands_.start(
      notification->kind, message_of(*notification, parts_.database),
      [this, notification](const CommandEnd& end) { command_ended(notification, end); });
}

void Notifier::command_ended(const InHand& notification, const CommandEnd& end) {
  switch (end.how) {
    case CommandEnd::How::kExited:
      if (end.code == 0) return delivered(*notification);
      if (end.code == static_cast<int>(ExitCode::kTryAgain)) {
        return try_again(*notification, "the command asked to be run again (exit code 75)");
      }
      return bury(*notification, "the command ended with exit code " + std::to_string(end.code));
    case CommandEnd::How::kKilled:
      return try_again(*notification,
                       "the command was ended by signal " + std::to_string(end.code));
    case CommandEnd::How::kTimedOut:
      return try_again(*notification, "the command ran for longer than [notify] command_timeout");
    case CommandEnd::How::kNotStarted:
      return try_again(*notification, "the command " + config_.command.string() +
                                          " cannot be run: " + why_not(config_.command, end.code));
  }
}

void Notifier::post(const InHand& notification) {
  const std::string body = message_of(*notification, parts_.database);
  const Timestamp now = parts_.clock.now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string& url = notification->consumer;
  const auto query = url.find('?');
  strava::HttpRequest request;
  request.method = strava::HttpMethod::kPost;
  request.url = url.substr(0, query);
  if (query != std::string::npos) request.query = Secret(url.substr(query + 1));
  request.headers.add("Content-Type", "application/json");
  request.headers.add("webhook-id", notification->change_id);
  request.headers.add("webhook-timestamp", std::to_string(seconds));
  if (!config_.secret.empty()) {
    request.headers.add(
        "webhook-signature",
        signature::standard_webhook_signature(config_.secret, notification->change_id, now, body));
  }
  request.body = Secret(body);
  parts_.transport.start(
      std::move(request),
      [this, notification](const strava::HttpResult& result) { posted(notification, result); });
}

void Notifier::posted(const InHand& notification, const strava::HttpResult& result) {
  if (const auto* failure = std::get_if<strava::TransportFailure>(&result)) {
    if (failure->fault == strava::TransportFault::kWithdrawn) {
      return store::Notifications(parts_.database).release(*notification, holder_);
    }
    return try_again(*notification, name_of(failure->fault));
  }
  const int status = std::get<strava::HttpResponse>(result).status;
  const bool is_success = status >= http_status::kOk && status < http_status::kMultipleChoices;
  if (is_success) return delivered(*notification);
  const std::string answer = "it answered " + std::to_string(status);
  // The consumer wants no more of this.
  if (status == http_status::kGone) return bury(*notification, answer);
  try_again(*notification, answer);
}

void Notifier::delivered(const store::Notification& notification) {
  store::Notifications(parts_.database).finish(notification, holder_);
  log::info("told" + describe(notification));
}

void Notifier::try_again(const store::Notification& notification, const std::string& why) {
  const Timestamp now = parts_.clock.now();
  if (notification.first_failed && now - *notification.first_failed >= config_.retry_for) {
    return bury(notification, why);
  }
  const Timestamp due = now + backoff_until_heard(notification.attempts, random_());
  store::Notifications(parts_.database).postpone(notification, holder_, due, now, why);
  log::warning("not told, and tried again at " + to_rfc3339_seconds(due) + ": " + why +
               describe(notification));
}

void Notifier::bury(const store::Notification& notification, const std::string& why) {
  store::Notifications(parts_.database).bury(notification, holder_, why);
  log::error("given up telling: " + why + describe(notification) +
             "; hookspoolctl notifications --retry tries again");
}

void Notifier::poll() {
  commands_.poll();
}

std::optional<Timestamp> Notifier::next_due() {
  std::optional<Timestamp> next = next_deadline();
  for (const std::string& consumer : consumers_) {
    if (room_of(consumer) == 0) continue;
    const auto due = store::Notifications(parts_.database).next_due(consumer);
    if (due) next = std::min(next.value_or(*due), *due);
  }
  return next;
}

}  // namespace hookspool::fetcher
