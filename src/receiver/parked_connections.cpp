#include "receiver/parked_connections.h"

#include <sys/epoll.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace hookspool::receiver {
namespace {

/// In bytes, of all parts of requests together. Parts of honest requests have one or two KiB.
constexpr std::size_t kMostHeld = 8UL * 1024 * 1024;

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

int watch(int epoll, int operation, int fd, std::uint32_t events,
          ParkedConnections::Ticket ticket) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = ticket;
  return ::epoll_ctl(epoll, operation, fd, &event);
}

ParkedConnections::Ticket ticket_for(int fd, std::uint32_t generation) {
  return ParkedConnections::Ticket{generation} << 32 | static_cast<std::uint32_t>(fd);
}

}  // namespace

ParkedConnections::ParkedConnections(int epoll, std::size_t capacity)
    : epoll_(epoll), capacity_(capacity) {}

void ParkedConnections::park(std::unique_ptr<FastCgiConnection> connection, bool begun) {
  const int fd = connection->fd();
  const std::lock_guard guard(mutex_);
  if (parked_ >= capacity_) drop_longest_waiting(/*holding=*/false);
  Place& place = place_of(fd);
  place.begun = begun;
  store(place, std::move(connection));
  // What it holds was sent ahead, and is looked at as soon as an answer could be sent to it.
  report(place, fd, place.held > 0 ? kEvents | EPOLLOUT : kEvents);
}

void ParkedConnections::park_again(std::unique_ptr<FastCgiConnection> connection, bool begun,
                                   bool unread) {
  const int fd = connection->fd();
  const std::lock_guard guard(mutex_);
  Place& place = place_of(fd);
  const bool arrived_in_hand = place.arrived_in_hand;
  const bool had_begun = std::exchange(place.begun, begun);
  const Clock::time_point since = place.since;
  store(place, std::move(connection));
  if (had_begun || !begun) place.since = since;
  if (arrived_in_hand || unread) report(place, fd, kEvents);
}

/// Modifying makes epoll report anew what has arrived already.
void ParkedConnections::report(Place& place, int fd, std::uint32_t events) {
  // It alone held more than all may.
  if (!place.connection) return;
  if (watch(epoll_, EPOLL_CTL_MOD, fd, events, ticket_for(fd, place.generation)) == 0) return;
  if (errno == ENOENT &&
      watch(epoll_, EPOLL_CTL_ADD, fd, events, ticket_for(fd, ++place.generation)) == 0) {
    return;
  }
  const int error = errno;
  drop(place);
  throw SystemError("watch a connection", error);
}

std::unique_ptr<FastCgiConnection> ParkedConnections::take(Ticket ticket) {
  const std::lock_guard guard(mutex_);
  Place& place = place_of(static_cast<int>(ticket & 0xFFFFFFFF));
  if (place.generation != ticket >> 32) return nullptr;
  if (!place.connection) {
    place.arrived_in_hand = true;
    return nullptr;
  }
  unpark(place);
  return std::move(place.connection);
}

bool ParkedConnections::close_longest_waiting() {
  const std::lock_guard guard(mutex_);
  return drop_longest_waiting(/*holding=*/false);
}

void ParkedConnections::close_unfinished(std::chrono::milliseconds limit) {
  const Clock::time_point oldest = Clock::now() - limit;
  const std::lock_guard guard(mutex_);
  for (Place& place : places_) {
    if (!place.connection || !place.begun || place.since > oldest) continue;
    drop(place);
  }
}

ParkedConnections::Place& ParkedConnections::place_of(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= places_.size()) places_.resize(index + 1);
  return places_[index];
}

void ParkedConnections::store(Place& place, std::unique_ptr<FastCgiConnection> connection) {
  place.connection = std::move(connection);
  place.arrived_in_hand = false;
  place.since = Clock::now();
  ++parked_;
  place.held = place.connection->held();
  held_ += place.held;
  while (held_ > kMostHeld && drop_longest_waiting(/*holding=*/true)) {
  }
}

void ParkedConnections::drop(Place& place) {
  place.connection.reset();
  unpark(place);
}

void ParkedConnections::unpark(Place& place) {
  --parked_;
  held_ -= std::exchange(place.held, 0);
}

bool ParkedConnections::drop_longest_waiting(bool holding) {
  Place* longest = nullptr;
  for (Place& place : places_) {
    if (!place.connection || (holding && place.held == 0)) continue;
    if (longest == nullptr || place.since < longest->since) longest = &place;
  }
  if (longest == nullptr) return false;
  drop(*longest);
  return true;
}

}  // namespace hookspool::receiver
