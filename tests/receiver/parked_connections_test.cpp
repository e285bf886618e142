#include "receiver/parked_connections.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace hookspool::receiver {
namespace {

using Connection = std::unique_ptr<FastCgiConnection>;
using Ticket = ParkedConnections::Ticket;
constexpr std::chrono::milliseconds kNoTime{0};

class ParkedConnectionsTest : public testing::Test {
 protected:
  /// A connection, and the web server's end of it.
  struct Pair {
    Connection connection;
    Descriptor peer;
  };

  static Pair connect() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    return {std::make_unique<FastCgiConnection>(Descriptor(fds[0])), Descriptor(fds[1])};
  }

  static void send(const Descriptor& peer) { ASSERT_EQ(::write(peer.get(), "x", 1), 1); }

  static bool is_closed(const Descriptor& peer) {
    char byte = 0;
    const ssize_t got = ::recv(peer.get(), &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

  /// The ticket of what epoll reports; nothing if it reports nothing.
  std::optional<Ticket> reported() const {
    epoll_event event{};
    if (::epoll_wait(epoll_.get(), &event, 1, 0) != 1) return std::nullopt;
    return Ticket{event.data.u64};
  }

  const Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  ParkedConnections parked_{epoll_.get(), 3};
};

TEST_F(ParkedConnectionsTest, ReportsWhatArrives) {
  Pair pair = connect();
  FastCgiConnection* const connection = pair.connection.get();
  parked_.park(std::move(pair.connection), /*begun=*/false);
  EXPECT_FALSE(reported());
  send(pair.peer);
  const auto ticket = reported();

  ASSERT_TRUE(ticket);
  EXPECT_EQ(parked_.take(*ticket).get(), connection);
  EXPECT_FALSE(parked_.take(*ticket)) << "it is in hand";
}

TEST_F(ParkedConnectionsTest, ReportsWhatArrivedBeforeItWasParked) {
  Pair pair = connect();
  send(pair.peer);
  parked_.park(std::move(pair.connection), /*begun=*/false);
  ASSERT_TRUE(reported());
}

TEST_F(ParkedConnectionsTest, ReportsWhatArrivedBetweenTwoRequests) {
  Pair pair = connect();
  parked_.park(std::move(pair.connection), /*begun=*/false);
  send(pair.peer);
  Connection connection = parked_.take(reported().value());
  ASSERT_TRUE(connection);
  parked_.park(std::move(connection), /*begun=*/false);

  EXPECT_TRUE(parked_.take(reported().value()));
}

TEST_F(ParkedConnectionsTest, ReportsTheEndOfTheConnection) {
  Pair pair = connect();
  parked_.park(std::move(pair.connection), /*begun=*/false);
  pair.peer.reset();

  const Connection connection = parked_.take(reported().value());
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->arrived(1024), FastCgiConnection::Arrived::kEnd);
}

TEST_F(ParkedConnectionsTest, ReportsAnewWhatArrivedWhileTheConnectionWasInHand) {
  Pair pair = connect();
  parked_.park(std::move(pair.connection), /*begun=*/false);
  send(pair.peer);
  Connection connection = parked_.take(reported().value());
  send(pair.peer);
  ASSERT_FALSE(parked_.take(reported().value())) << "another thread heard of it";
  parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/false);

  connection = parked_.take(reported().value());
  ASSERT_TRUE(connection) << "or nobody would ever look at what arrived";
  parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/false);
  EXPECT_FALSE(reported()) << "it was told of";
}

TEST_F(ParkedConnectionsTest, ReportsWhatWasLeftUnreadBehindWhatOthersSent) {
  Pair busy = connect();
  Pair other = connect();
  FastCgiConnection* const others = other.connection.get();
  parked_.park(std::move(busy.connection), /*begun=*/false);
  parked_.park(std::move(other.connection), /*begun=*/false);
  send(busy.peer);
  Connection connection = parked_.take(reported().value());
  send(other.peer);
  parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/true);

  EXPECT_EQ(parked_.take(reported().value()).get(), others);
  EXPECT_TRUE(parked_.take(reported().value()));
}

TEST_F(ParkedConnectionsTest, GivesNoMoreTimeToWhoSendsOnAndOn) {
  Pair pair = connect();
  parked_.park(std::move(pair.connection), /*begun=*/true);
  const auto begun = ParkedConnections::Clock::now();
  send(pair.peer);
  for (int i = 0; i < 3; ++i) {
    Connection connection = parked_.take(reported().value());
    ASSERT_TRUE(connection);
    // Until the clock has gone on, so that a new beginning would show.
    while (ParkedConnections::Clock::now() <= begun + std::chrono::milliseconds(2 * i)) {
    }
    parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/true);
  }

  const auto since = ParkedConnections::Clock::now() - begun;
  parked_.close_unfinished(std::chrono::floor<std::chrono::milliseconds>(since));
  EXPECT_TRUE(is_closed(pair.peer));
}

TEST_F(ParkedConnectionsTest, TakesNothingForATicketOfAConnectionThatIsGone) {
  Pair first = connect();
  const int fd = first.connection->fd();
  parked_.park(std::move(first.connection), /*begun=*/false);
  send(first.peer);
  const Ticket old_ticket = reported().value();
  parked_.take(old_ticket).reset();

  Pair second = connect();
  ASSERT_EQ(second.connection->fd(), fd) << "the descriptor is used again";
  parked_.park(std::move(second.connection), /*begun=*/false);
  EXPECT_FALSE(parked_.take(old_ticket));
  send(second.peer);
  EXPECT_TRUE(parked_.take(reported().value()));
}

TEST_F(ParkedConnectionsTest, ClosesTheOneThatHasWaitedLongestAboveItsCapacity) {
  std::vector<Descriptor> peers;
  for (int i = 0; i < 4; ++i) {
    Pair pair = connect();
    parked_.park(std::move(pair.connection), /*begun=*/false);
    peers.push_back(std::move(pair.peer));
  }

  EXPECT_TRUE(is_closed(peers[0]));
  for (int i = 1; i < 4; ++i) EXPECT_FALSE(is_closed(peers[static_cast<std::size_t>(i)])) << i;
}

TEST_F(ParkedConnectionsTest, CountsWhatIsParkedAndNotWhatIsInHand) {
  std::vector<Descriptor> peers;
  for (int round = 0; round < 10; ++round) {
    Pair pair = connect();
    parked_.park(std::move(pair.connection), /*begun=*/false);
    send(pair.peer);
    ASSERT_TRUE(parked_.take(reported().value()));
    peers.push_back(std::move(pair.peer));
  }
  for (int i = 0; i < 3; ++i) {
    Pair pair = connect();
    parked_.park(std::move(pair.connection), /*begun=*/false);
    EXPECT_FALSE(is_closed(pair.peer));
    peers.push_back(std::move(pair.peer));
  }
  for (std::size_t i = 10; i < 13; ++i) EXPECT_FALSE(is_closed(peers[i]));
}

TEST_F(ParkedConnectionsTest, MakesADescriptorFreeOnRequest) {
  EXPECT_FALSE(parked_.close_longest_waiting()) << "none waits";
  Pair first = connect();
  Pair second = connect();
  parked_.park(std::move(first.connection), /*begun=*/false);
  parked_.park(std::move(second.connection), /*begun=*/false);

  EXPECT_TRUE(parked_.close_longest_waiting());
  EXPECT_TRUE(is_closed(first.peer));
  EXPECT_FALSE(is_closed(second.peer));
}

TEST_F(ParkedConnectionsTest, ClosesRequestsThatBeganAndDidNotBecomeWhole) {
  Pair idle = connect();
  Pair begun = connect();
  parked_.park(std::move(idle.connection), /*begun=*/false);
  parked_.park(std::move(begun.connection), /*begun=*/false);
  send(begun.peer);
  Connection connection = parked_.take(reported().value());
  parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/false);

  parked_.close_unfinished(std::chrono::hours(1));
  EXPECT_FALSE(is_closed(begun.peer)) << "it has time";
  parked_.close_unfinished(kNoTime);
  EXPECT_TRUE(is_closed(begun.peer));
  EXPECT_FALSE(is_closed(idle.peer)) << "which may wait for ever";
}

TEST_F(ParkedConnectionsTest, DoesNotCountANewRequestAsBegunBecauseTheLastOneWas) {
  Pair pair = connect();
  parked_.park(std::move(pair.connection), /*begun=*/false);
  send(pair.peer);
  Connection connection = parked_.take(reported().value());
  parked_.park_again(std::move(connection), /*begun=*/true, /*unread=*/false);
  send(pair.peer);
  connection = parked_.take(reported().value());
  ASSERT_TRUE(connection);
  parked_.park(std::move(connection), /*begun=*/false);

  parked_.close_unfinished(kNoTime);
  EXPECT_FALSE(is_closed(pair.peer));
}

}  // namespace
}  // namespace hookspool::receiver
