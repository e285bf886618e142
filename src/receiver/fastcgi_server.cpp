#include "receiver/fastcgi_server.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "spool/record.h"

namespace hookspool::receiver {
namespace {

/// Tickets of what is no connection: generations of connections count from 1.
constexpr ParkedConnections::Ticket kListener = 0;
constexpr ParkedConnections::Ticket kStop = 1;

constexpr std::size_t kEventsAtOnce = 16;
/// So that several threads and processes share a burst, and what was read of it is committed.
constexpr std::size_t kAcceptedAtOnce = 32;
constexpr int kWaitForEver = -1;
constexpr std::chrono::milliseconds kLongestRequest = std::chrono::seconds(10);
constexpr int kSweepEvery = 2000;  // in ms

/// Enough for any web server, and little enough that idle connections cost no memory to speak of.
constexpr std::size_t kMostConnections = 4096;
/// For the spool, the log, and connections that are being served; no more are accepted than that
/// before they are committed, when the server ends.
constexpr std::size_t kOtherDescriptors = 128;

/// Each thread has a pipe for what it gives to libfcgi.
std::size_t connection_capacity(unsigned threads) {
  const std::size_t others = kOtherDescriptors + 2 * (std::size_t{threads} + 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOtherDescriptors;
  const std::size_t allowed = std::max<std::size_t>(limit.rlim_cur, others + kOtherDescriptors);
  return std::min(kMostConnections, allowed - others);
}

Descriptor new_epoll() {
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw SystemError("make an epoll descriptor", errno);
  return epoll;
}

/// Where the system is short of something, which others may give back.
void pause_briefly() {
  constexpr int kPause = 10;  // in ms
  ::poll(nullptr, 0, kPause);
}

/// False, with errno, if it could not be watched.
bool watch(int epoll, int fd, std::uint32_t events, ParkedConnections::Ticket ticket) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = ticket;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/// Level-triggered, an arrival would wake all threads, one after the other, until the first has
/// accepted it.
bool watch_listener(int epoll, int fd) {
  return watch(epoll, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET, kListener);
}

/// What waits to be accepted is reported anew.
void watch_listener_again(int epoll, int fd, spool::GroupCommit& commits) {
  // What is watched exclusively cannot be modified.
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
  while (!watch_listener(epoll, fd)) {
    // Another thread does the same.
    if (errno == EEXIST) return;
    if (errno != ENOMEM && errno != ENOSPC) throw SystemError("watch the listening socket", errno);
    // What this thread has handed over nobody else may be there to commit.
    commits.commit();
    pause_briefly();
  }
}

/// Answers, and leaves the connection to what comes next on it.
void respond(std::unique_ptr<FastCgiConnection> connection, const Response& response,
             ParkedConnections& parked) {
  if (connection->respond(response)) {
    const bool next_has_begun = connection->held() > 0;
    return parked.park(std::move(connection), next_has_begun);
  }
  if (connection->fd() < 0 || !connection->has_unread_input()) return;
  connection->drain();
  parked.park(std::move(connection), /*begun=*/true);
}

/// An event that is being made durable, and the connection that waits for the answer.
class Exchange final : public spool::Submission {
 public:
  Exchange(std::unique_ptr<FastCgiConnection> connection, Response response, std::string line,
           ParkedConnections& parked)
      : connection_(std::move(connection)),
        response_(std::move(response)),
        line_(std::move(line)),
        held_(line_.capacity() + connection_->held_by_request() + connection_->held()),
        parked_(parked) {}

  const std::string& line() const override { return line_; }
  std::size_t held() const override { return held_; }

  void finished(bool durable) noexcept override {
    try {
      respond(std::move(connection_), durable ? response_ : spool_unavailable(), parked_);
    } catch (const std::exception& error) {
      log::error(error.what());
    }
  }

 private:
  std::unique_ptr<FastCgiConnection> connection_;
  Response response_;
  std::string line_;
  std::size_t held_;
  ParkedConnections& parked_;
};

}  // namespace

FastCgiServer::FastCgiServer(ListeningSocket socket, const Handler& handler,
                             KnownSubscription& subscription, spool::FileSystem& files,
                             const Clock& clock, const spool::Layout& layout,
                             const Settings& settings)
    : socket_(std::move(socket)),
      handler_(handler),
      subscription_(subscription),
      files_(files),
      clock_(clock),
      layout_(layout),
      settings_(settings),
      epoll_(new_epoll()),
      parked_(epoll_.get(), connection_capacity(settings.threads)) {}

void FastCgiServer::run(int stop) {
  // Ends last but for the connections: it answers whatever was handed over.
  spool::GroupCommit commits(files_, clock_, layout_);
  commits_ = &commits;
  if (!watch_listener(epoll_.get(), socket_.fd()) || !watch(epoll_.get(), stop, EPOLLIN, kStop)) {
    throw SystemError("watch the listening socket", errno);
  }
  {
    std::vector<std::jthread> threads;
    start(threads);
    wait_for_stop(stop);
  }
  if (failed_) throw Error(ExitCode::kSystem, "the FastCGI server cannot go on; see above");
  finish();
}

void FastCgiServer::start(std::vector<std::jthread>& threads) try {
  // One of them waits for the disk most of the time, and all others read.
  for (unsigned i = 0; i < settings_.threads + 1; ++i) threads.emplace_back([this] { work(); });
} catch (const std::system_error& error) {
  // Those that have been started sleep in epoll.
  ::kill(::getpid(), SIGTERM);
  throw SystemError("start a thread", error.code().value());
}

void FastCgiServer::work() {
  try {
    bool go_on = true;
    bool more_wait = false;
    while (go_on) {
      // What has arrived together is committed together, and so is what did so during a commit.
      go_on = handle_events(more_wait ? 0 : kWaitForEver);
      more_wait = commits_->commit();
    }
  } catch (const std::exception& error) {
    log::error(error.what());
    failed_ = true;
    // The others sleep in epoll, and the main thread in poll.
    ::kill(::getpid(), SIGTERM);
  }
}

/// False once a stop was asked for; what else had happened is dealt with by then.
bool FastCgiServer::handle_events(int timeout) {
  std::array<epoll_event, kEventsAtOnce> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
  if (count < 0 && errno != EINTR) throw SystemError("wait for connections", errno);
  bool go_on = true;
  for (int i = 0; i < count; ++i) {
    const ParkedConnections::Ticket ticket = events[static_cast<std::size_t>(i)].data.u64;
    if (ticket == kStop) {
      go_on = false;
    } else if (ticket == kListener) {
      if (accept_connections()) watch_listener_again(epoll_.get(), socket_.fd(), *commits_);
    } else {
      serve(parked_.take(ticket));
    }
  }
  return go_on;
}

/// False once none waits to be accepted.
bool FastCgiServer::accept_connections() {
  for (std::size_t i = 0; i < kAcceptedAtOnce; ++i) {
    Descriptor accepted = socket_.accept();
    if (accepted) {
      serve_accepted(std::make_unique<FastCgiConnection>(std::move(accepted)));
      continue;
    }
    switch (errno) {
      case EAGAIN:
        return false;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        log::warning("too many connections for this process's limits; the oldest idle one goes");
        if (!parked_.close_longest_waiting()) pause_briefly();
        return true;
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
      case EOPNOTSUPP:
        throw SystemError("accept connections", errno);
      default:
        // The network's errors are reported by accept(2) too, and concern that connection only.
        continue;
    }
  }
  return true;
}

/// Most requests are there by the time their connection is accepted, and need no epoll.
void FastCgiServer::serve_accepted(std::unique_ptr<FastCgiConnection> connection) try {
  switch (connection->arrived(settings_.max_body)) {
    case FastCgiConnection::Arrived::kEnd:
      return;
    case FastCgiConnection::Arrived::kNothing:
      return parked_.park(std::move(connection), /*begun=*/false);
    case FastCgiConnection::Arrived::kPart:
    case FastCgiConnection::Arrived::kMore:
      return parked_.park(std::move(connection), /*begun=*/true);
    case FastCgiConnection::Arrived::kWholeRequest:
      return answer(std::move(connection));
  }
} catch (const std::exception& error) {
  log::error(error.what());
}

/// What goes wrong with one connection is logged, and ends that connection only.
void FastCgiServer::serve(std::unique_ptr<FastCgiConnection> connection) try {
  if (!connection) return;
  switch (connection->arrived(settings_.max_body)) {
    case FastCgiConnection::Arrived::kEnd:
      return;
    case FastCgiConnection::Arrived::kNothing:
      return parked_.park_again(std::move(connection), /*begun=*/false, /*unread=*/false);
    case FastCgiConnection::Arrived::kPart:
      return parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/false);
    case FastCgiConnection::Arrived::kMore:
      return parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/true);
    case FastCgiConnection::Arrived::kWholeRequest:
      return answer(std::move(connection));
  }
} catch (const std::exception& error) {
  log::error(error.what());
}

void FastCgiServer::answer(std::unique_ptr<FastCgiConnection> connection) {
  std::optional<Request> request = connection->read_request(settings_.max_body);
  if (!request) return;
  Decision decision = handler_.handle(*request, subscription_.id());
  if (decision.record) return hand_over(std::move(connection), *request, decision);
  respond(std::move(connection), decision.response, parked_);
}

void FastCgiServer::hand_over(std::unique_ptr<FastCgiConnection> connection, Request& request,
                              Decision& decision) {
  const Timestamp now = clock_.now();
  std::string line = spool::encode(
      {now, spool::new_record_id(now), std::move(*decision.record), std::move(request.signature)});
  commits_->submit(std::make_unique<Exchange>(std::move(connection), std::move(decision.response),
                                              std::move(line), parked_));
}

void FastCgiServer::wait_for_stop(int stop) {
  pollfd wanted{stop, POLLIN, 0};
  while (::poll(&wanted, 1, kSweepEvery) <= 0) {
    parked_.close_unfinished(kLongestRequest);
  }
}

/// Requests that arrived before the stop are answered. What waits in the backlog of a socket that
/// others share, or that the web server keeps open, is left for them. Bounded, since requests may
/// go on arriving.
void FastCgiServer::finish() {
  // What a thread owed that saw the stop.
  commits_->commit_all();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket_.fd(), nullptr);
  if (socket_.ours_alone()) {
    bool more_wait = true;
    for (std::size_t done = 0; more_wait && done < kMostConnections; done += kOtherDescriptors) {
      for (std::size_t i = 0; more_wait && i < kOtherDescriptors; i += kAcceptedAtOnce) {
        more_wait = accept_connections();
      }
      commits_->commit_all();
    }
  }
  // One of the events is the stop, each time.
  constexpr std::size_t kOthersAtOnce = kEventsAtOnce - 1;
  for (std::size_t done = 0; done < kMostConnections; done += kOtherDescriptors) {
    for (std::size_t i = 0; i < kOtherDescriptors; i += kOthersAtOnce) handle_events(0);
    commits_->commit_all();
  }
}

}  // namespace hookspool::receiver
