#include "receiver/fastcgi_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "support/fastcgi_client.h"

namespace hookspool::receiver {
namespace {

namespace fastcgi = test::fastcgi;
using Arrived = FastCgiConnection::Arrived;

constexpr std::size_t kMaxBody = 1024;
constexpr std::size_t kMebibyte = 1024UL * 1024;

class FastCgiConnectionTest : public testing::Test {
 protected:
  FastCgiConnectionTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    connection_ = std::make_unique<FastCgiConnection>(Descriptor(ends[0]));
    peer_ = Descriptor(ends[1]);
  }

  void send(const std::string& bytes) const {
    ASSERT_EQ(::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }

  /// How much of `bytes`, over and over, the socket takes before somebody reads.
  std::size_t fill(std::string_view bytes) const {
    std::size_t filled = 0;
    ssize_t sent = 0;
    while ((sent = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0) {
      filled += static_cast<std::size_t>(sent);
      // The next begins where this one was cut off.
      if (static_cast<std::size_t>(sent) < bytes.size()) break;
    }
    return filled;
  }

  std::unique_ptr<FastCgiConnection> connection_;
  Descriptor peer_;
};

/// Of a request that nobody has begun; in a size of which sockets take whole ones.
const std::string kStray = fastcgi::record(fastcgi::kStandardInput, 7, std::string(4096 - 8, 'x'));

TEST_F(FastCgiConnectionTest, LeavesWhatIsTooMuchForOneTurnToTheNext) {
  const std::size_t filled = fill(kStray);
  ASSERT_GT(filled, 128UL * 1024);

  EXPECT_EQ(connection_->arrived(kMaxBody), Arrived::kMore);
  Arrived arrived = Arrived::kMore;
  for (int turn = 0; turn < 100 && arrived == Arrived::kMore; ++turn) {
    arrived = connection_->arrived(kMaxBody);
  }
  EXPECT_EQ(arrived, Arrived::kNothing) << "none of it was any request's";
}

TEST_F(FastCgiConnectionTest, LeavesToTheNextTurnWhatIsThrownAwayAfterAnAnswer) {
  connection_->drain();
  fill(kStray);

  EXPECT_EQ(connection_->arrived(kMaxBody), Arrived::kMore);
}

TEST_F(FastCgiConnectionTest, GivesBackTheMemoryThatRecordsOfNoRequestTook) {
  send(fastcgi::begin({}) + kStray);

  EXPECT_EQ(connection_->arrived(kMaxBody), Arrived::kPart);
  EXPECT_LT(connection_->held(), 100U) << "sixteen bytes begin a request";
}

TEST_F(FastCgiConnectionTest, EndsWhenRecordsOfNoRequestDoNotEnd) {
  Arrived arrived = Arrived::kNothing;
  std::size_t sent = 0;
  while (arrived != Arrived::kEnd && sent < 64 * kMebibyte) {
    sent += fill(kStray);
    arrived = connection_->arrived(kMaxBody);
  }
  EXPECT_EQ(arrived, Arrived::kEnd);
  EXPECT_GT(sent, 16 * kMebibyte);
}

TEST_F(FastCgiConnectionTest, EndsWhenQuestionsThatComeOneByOneDoNotEnd) {
  Arrived arrived = Arrived::kNothing;
  int sent = 0;
  for (; arrived != Arrived::kEnd && sent < 10'000; ++sent) {
    send(fastcgi::record(fastcgi::kGetValues, 0, ""));
    arrived = connection_->arrived(kMaxBody);
  }
  EXPECT_EQ(arrived, Arrived::kEnd);
  EXPECT_GT(sent, 10) << "some ask before their first request";
}

TEST_F(FastCgiConnectionTest, EndsWhenARefusedBodyDoesNotEnd) {
  connection_->drain();
  Arrived arrived = Arrived::kNothing;
  std::size_t sent = 0;
  while (arrived != Arrived::kEnd && sent < 64 * kMebibyte) {
    sent += fill(kStray);
    arrived = connection_->arrived(kMaxBody);
  }
  EXPECT_EQ(arrived, Arrived::kEnd);
  EXPECT_GT(sent, 16 * kMebibyte);
}

}  // namespace
}  // namespace hookspool::receiver
