#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "receiver/handler.h"
#include "receiver/known_subscription.h"
#include "receiver/listening_socket.h"
#include "receiver/parked_connections.h"
#include "spool/file_system.h"
#include "spool/group_commit.h"
#include "spool/layout.h"

namespace hookspool::receiver {

/// Serves FastCGI: accepts, reads, decides, and hands events over to the group commit, which
/// answers when they are durable. docs/architecture.md draws it.
class FastCgiServer {
 public:
  struct Settings {
    unsigned threads;      ///< that read and decide while one more commits
    std::size_t max_body;  ///< in bytes
  };

  /// `handler`, `subscription`, `files` and `clock` must outlive the server.
  FastCgiServer(ListeningSocket socket, const Handler& handler, KnownSubscription& subscription,
                spool::FileSystem& files, const Clock& clock, const spool::Layout& layout,
                const Settings& settings);

  /// Serves until `stop` is readable (nothing is read from it), then answers every request that has
  /// arrived by then, and returns.
  /// \throws Error  the listening socket or epoll is of no more use
  void run(int stop);

 private:
  void start(std::vector<std::jthread>& threads);
  void work();
  bool handle_events(int timeout);
  bool accept_connections();
  void serve_accepted(std::unique_ptr<FastCgiConnection> connection);
  void serve(std::unique_ptr<FastCgiConnection> connection);
  void answer(std::unique_ptr<FastCgiConnection> connection);
  void hand_over(std::unique_ptr<FastCgiConnection> connection, Request& request,
                 Decision& decision);
  void wait_for_stop(int stop);
  void finish();

  ListeningSocket socket_;
  const Handler& handler_;
  KnownSubscription& subscription_;
  spool::FileSystem& files_;
  const Clock& clock_;
  spool::Layout layout_;
  Settings settings_;
  Descriptor epoll_;
  ParkedConnections parked_;
  std::atomic<bool> failed_ = false;
  spool::GroupCommit* commits_ = nullptr;  ///< lives while run() does
};

}  // namespace hookspool::receiver
