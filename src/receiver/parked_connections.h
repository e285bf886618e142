#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/descriptor.h"
#include "receiver/fastcgi_connection.h"

namespace hookspool::receiver {

/// The connections on which nothing is to be done just now: new ones before their first byte, ones
/// whose request is still arriving, and kept ones between two requests. They cost a descriptor each
/// and no thread. Thread-safe.
///
/// Readiness is edge-triggered: epoll tells of each arrival once. An arrival while a thread has the
/// connection in hand is remembered, and reported anew when the connection is parked again, behind
/// what others have to be looked at for.
class ParkedConnections {
 public:
  using Clock = std::chrono::steady_clock;

  /// `epoll` must outlive this. At most `capacity` connections are kept; above that the one that
  /// has been waiting longest is closed, since a web server opens a new one when it needs it.
  ParkedConnections(int epoll, std::size_t capacity);

  /// What epoll reports for a connection.
  using Ticket = std::uint64_t;

  /// Takes a connection over, before its first request, between two, or after the last; what has
  /// arrived on it, what it holds, or what arrives, is reported. `begun` says that the peer owes us
  /// something: the rest of a request, or the end.
  void park(std::unique_ptr<FastCgiConnection> connection, bool begun);

  /// Takes over a connection that was taken and turned out to hold less than a request. What
  /// arrived since take(), or arrives, is reported; with `unread`, what it was not read of before,
  /// too. `begun` as for park().
  void park_again(std::unique_ptr<FastCgiConnection> connection, bool begun, bool unread);

  /// The connection that epoll reported; nothing if it was closed meanwhile or is in hand.
  std::unique_ptr<FastCgiConnection> take(Ticket ticket);

  /// Closes the connection that has been waiting longest, to make a descriptor free. False if none
  /// waits.
  bool close_longest_waiting();

  /// Closes connections whose peers have owed us something for longer than `limit`.
  /// Connections between requests may wait for ever.
  void close_unfinished(std::chrono::milliseconds limit);

 private:
  struct Place {
    std::unique_ptr<FastCgiConnection> connection;  ///< empty while in hand
    std::uint32_t generation = 0;                   ///< tells a reused descriptor from the old one
    bool arrived_in_hand = false;
    std::size_t held = 0;     ///< bytes that the connection holds
    bool begun = false;       ///< the peer owes us the rest of a request, or the end
    Clock::time_point since;  ///< of the last request's end, or of the first part of this one
  };

  Place& place_of(int fd);
  void report(Place& place, int fd, std::uint32_t events);
  void store(Place& place, std::unique_ptr<FastCgiConnection> connection);
  void drop(Place& place);
  void unpark(Place& place);
  bool drop_longest_waiting(bool holding);

  int epoll_;
  std::size_t capacity_;
  std::mutex mutex_;
  std::vector<Place> places_;  // guarded by mutex_; indexed by descriptor
  std::size_t parked_ = 0;     // guarded by mutex_
  std::size_t held_ = 0;       // guarded by mutex_; the sum over all places
};

}  // namespace hookspool::receiver
