#include "receiver/fastcgi_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "receiver/fastcgi_connection.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "support/failing_file_system.h"
#include "support/fake_clock.h"
#include "support/fastcgi_client.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using test::FailingFileSystem;
using test::FakeClock;
using test::FastCgiAnswer;
using test::FastCgiClient;
using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fastcgi = test::fastcgi;

const std::string kValidation = "hub.mode=subscribe&hub.verify_token=t0ken&hub.challenge=abc";
constexpr std::size_t kMaxBody = 32 * 1024;

std::string event_for(std::int64_t activity) {
  return R"({"aspect_type":"create","event_time":1522986611,"object_id":)" +
         std::to_string(activity) +
         R"(,"object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";
}

/// libfcgi is initialized once a process, and takes over signals that a test should die of.
void initialize_fastcgi_once() {
  static const bool done = [] {
    initialize_fastcgi();
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGUSR1, SIG_DFL);
    return true;
  }();
  ASSERT_TRUE(done);
}

/// Hundreds of connections need two descriptors each, since both ends are in this process.
void allow_many_descriptors() {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/// A server on a Unix socket in a directory of its own, with a spool beside it.
class FastCgiServerTest : public testing::Test {
 protected:
  FastCgiServerTest() : stop_(::eventfd(0, EFD_CLOEXEC)) {
    initialize_fastcgi_once();
    allow_many_descriptors();
  }
  ~FastCgiServerTest() override { stop(); }

  void start(unsigned threads = 1) {
    make(threads);
    run();
  }

  /// Makes the server, whose socket then takes connections, but does not run it yet.
  void make(unsigned threads = 1) {
    server_ = std::make_unique<FastCgiServer>(ListeningSocket::at_path(socket()), handler_,
                                              subscription_, files_, clock_, layout_,
                                              FastCgiServer::Settings{threads, kMaxBody});
  }

  void run() {
    thread_ = std::thread([this] { server_->run(stop_.get()); });
  }

  void ask_to_stop() { ASSERT_EQ(::eventfd_write(stop_.get(), 1), 0); }

  /// Asks the server to stop and waits until it has.
  void stop() {
    if (thread_.joinable()) {
      ask_to_stop();
      thread_.join();
    }
    server_.reset();
  }

  FastCgiClient connect() const { return FastCgiClient(socket()); }

  int status_of(FastCgiClient& client, const fastcgi::Parameters& parameters,
                const std::string& body = "", bool keep = false) const {
    const auto answer = client.ask(parameters, body, keep);
    return answer ? answer->status : 0;
  }

  /// Clients that have sent an event each.
  std::vector<FastCgiClient> post_many(int count) const {
    std::vector<FastCgiClient> clients;
    for (int i = 1; i <= count; ++i) {
      const std::string body = event_for(i);
      clients.push_back(connect());
      clients.back().send(fastcgi::request({}, fastcgi::post(body.size()), body));
    }
    return clients;
  }

  static std::vector<int> statuses_of(std::vector<FastCgiClient>& clients) {
    std::vector<int> statuses;
    for (FastCgiClient& client : clients) {
      const auto answer = client.receive();
      statuses.push_back(answer ? answer->status : 0);
    }
    return statuses;
  }

  int post(const std::string& body) const {
    FastCgiClient client = connect();
    return status_of(client, fastcgi::post(body.size()), body);
  }

  /// The bodies in the spool, sealed segments and the current one, in their order.
  std::vector<std::string> spooled() {
    std::vector<std::string> bodies;
    spool::Reader reader(layout_.root(), spool::real_file_system(), clock_);
    reader.seal();
    for (const auto& segment : reader.sealed_segments()) {
      reader.read(segment, 100, [&](const std::vector<spool::Record>& batch) {
        for (const spool::Record& record : batch) bodies.push_back(record.body);
      });
    }
    return bodies;
  }

  std::filesystem::path socket() const { return directory_ / "socket"; }

  const TemporaryDirectory directory_;
  const spool::Layout layout_{directory_ / "spool"};
  const FakeClock clock_;
  const spool::PendingAuthorizations authorizations_{layout_, clock_};
  const Handler handler_{Secret("t0ken"), event::AcceptFilter(), authorizations_};
  KnownSubscription subscription_{std::nullopt, layout_.subscription()};
  FailingFileSystem files_{[this](const std::string& call, int) { return plan(call); }};

  /// Asked before each call of the spool; the errno to fail with, or 0.
  virtual int plan(const std::string&) { return 0; }

 private:
  Descriptor stop_;
  std::unique_ptr<FastCgiServer> server_;
  std::thread thread_;
};

TEST_F(FastCgiServerTest, AnswersTheValidation) {
  start();
  FastCgiClient client = connect();

  const auto answer = client.ask(fastcgi::get(kValidation), "");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("Content-Type"), "application/json");
  EXPECT_EQ(answer->body, R"({"hub.challenge":"abc"})");
  EXPECT_TRUE(client.is_closed_by_peer()) << "nobody asked to keep the connection";
}

TEST_F(FastCgiServerTest, KeepsAnEventBeforeItAnswers200) {
  start();

  EXPECT_EQ(post(event_for(1)), 200);
  EXPECT_THAT(spooled(), ElementsAre(event_for(1)));
}

TEST_F(FastCgiServerTest, KeepsTheSignatureWithTheEvent) {
  start();
  fastcgi::Parameters parameters = fastcgi::post(event_for(1).size());
  parameters["HTTP_X_STRAVA_SIGNATURE"] = "t=1,v1=ab";
  FastCgiClient client = connect();
  ASSERT_EQ(status_of(client, parameters, event_for(1)), 200);

  spool::Reader reader(layout_.root(), spool::real_file_system(), clock_);
  reader.seal();
  std::vector<std::string> signatures;
  reader.read(reader.sealed_segments().at(0), 1, [&](const std::vector<spool::Record>& batch) {
    signatures.push_back(batch.front().signature);
  });
  EXPECT_THAT(signatures, ElementsAre("t=1,v1=ab"));
}

TEST_F(FastCgiServerTest, SpoolsNothingThatIsRefusedOrFilteredOut) {
  start();
  FastCgiClient client = connect();
  std::string update = event_for(1);
  update.replace(update.find("create"), 6, "update");

  EXPECT_EQ(post("nonsense"), 400);
  EXPECT_EQ(post(update), 200);
  EXPECT_EQ(status_of(client, {{"REQUEST_METHOD", "DELETE"}}), 405);
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(FastCgiServerTest, AnswersAHeadRequestWithoutABody) {
  start();
  FastCgiClient client = connect();

  const auto answer = client.ask({{"REQUEST_METHOD", "HEAD"}}, "");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
}

TEST_F(FastCgiServerTest, AnswersManyRequestsOnAKeptConnection) {
  start();
  FastCgiClient client = connect();
  std::vector<std::string> sent;
  for (int i = 1; i <= 200; ++i) {
    sent.push_back(event_for(i));
    ASSERT_EQ(status_of(client, fastcgi::post(sent.back().size()), sent.back(), /*keep=*/true),
              200);
    ASSERT_EQ(status_of(client, fastcgi::get(), "", /*keep=*/true), 200);
    ASSERT_EQ(status_of(client, fastcgi::post(1), "x", /*keep=*/true), 400);
  }
  EXPECT_EQ(spooled(), sent);
}

TEST_F(FastCgiServerTest, ServesMoreKeptConnectionsThanItHasThreads) {
  start(2);
  std::vector<FastCgiClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect());
  for (int round = 0; round < 3; ++round) {
    for (FastCgiClient& client : clients) {
      ASSERT_EQ(status_of(client, fastcgi::post(event_for(1).size()), event_for(1), true), 200);
    }
  }
  EXPECT_EQ(spooled().size(), 60U);
}

TEST_F(FastCgiServerTest, LetsHalfOpenConnectionsStarveNobody) {
  start();
  const std::string request = fastcgi::request({}, fastcgi::post(10), "0123456789");
  std::vector<FastCgiClient> half_open;
  for (std::size_t i = 0; i < 500; ++i) {
    half_open.push_back(connect());
    half_open.back().send(request.substr(0, i % request.size()));
  }

  EXPECT_EQ(post(event_for(1)), 200);
  for (std::size_t i = 0; i < half_open.size(); ++i) {
    half_open[i].send(request.substr(i % request.size()));
    const auto answer = half_open[i].receive();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->status, 400);
  }
}

/// A Unix socket's buffer holds fewer than 300 writes, however short they are.
TEST_F(FastCgiServerTest, TakesARequestByteByByte) {
  start();
  FastCgiClient client = connect();
  const std::string body = event_for(1);
  const std::string request = fastcgi::request({}, fastcgi::post(body.size()), body);
  for (const char byte : request) ASSERT_TRUE(client.send(std::string(1, byte)));
  const auto answer = client.receive();

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(spooled(), ElementsAre(body));
}

TEST_F(FastCgiServerTest, TakesABodyInManyRecordsWithPadding) {
  start();
  FastCgiClient client = connect();
  const std::string body = event_for(1);
  std::string bytes = fastcgi::begin({}) + fastcgi::parameters(1, fastcgi::post(body.size()));
  for (std::size_t i = 0; i < body.size(); ++i) {
    bytes += fastcgi::record(fastcgi::kStandardInput, 1, body.substr(i, 1),
                             static_cast<unsigned char>(i % 8));
  }
  client.send(bytes + fastcgi::record(fastcgi::kStandardInput, 1, ""));
  const auto answer = client.receive();

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(spooled(), ElementsAre(body));
}

/// libfcgi takes the padding of two kinds of record for records.
TEST_F(FastCgiServerTest, TakesPaddingInEveryRecord) {
  start();
  constexpr unsigned char kBeginRequest = 1;
  constexpr std::size_t kHeader = 8;
  const std::string begin = fastcgi::begin({.keep = true}).substr(kHeader);
  FastCgiClient client = connect();
  for (const std::int64_t activity : {1, 2}) {
    const std::string body = event_for(activity);
    const std::string pairs = fastcgi::parameters(1, fastcgi::post(body.size()));
    client.send(fastcgi::record(kBeginRequest, 1, begin, 8) +
                fastcgi::record(fastcgi::kParameters, 1,
                                pairs.substr(kHeader, pairs.size() - 2 * kHeader), 7) +
                fastcgi::record(fastcgi::kParameters, 1, "", 255) +
                fastcgi::record(fastcgi::kStandardInput, 1, body, 1) +
                fastcgi::record(fastcgi::kStandardInput, 1, "", 8));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_THAT(spooled(), ElementsAre(event_for(1), event_for(2)));
}

/// The records' overhead once counted as if it were body, and what was more than the buffer was
/// waited for in vain.
TEST_F(FastCgiServerTest, TakesTheGreatestBodyInTheSmallestRecords) {
  start();
  const std::string body = event_for(1) + std::string(kMaxBody - event_for(1).size(), ' ');
  for (const unsigned char padding : {0, 255}) {
    std::string bytes = fastcgi::begin({}) + fastcgi::parameters(1, fastcgi::post(body.size()));
    for (const char c : body) {
      bytes += fastcgi::record(fastcgi::kStandardInput, 1, std::string(1, c), padding);
    }
    FastCgiClient client = connect();
    client.send(bytes + fastcgi::record(fastcgi::kStandardInput, 1, ""));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
}

/// Once neither an answer to the second nor the connection's end came.
TEST_F(FastCgiServerTest, AnswersRequestsThatDidNotWaitForTheAnswerBefore) {
  start();
  const std::string values = fastcgi::record(fastcgi::kGetValues, 0, "");
  for (const std::string& before : {std::string(), values}) {
    FastCgiClient client = connect();
    std::string bytes = before;
    for (std::uint16_t id = 1; id <= 5; ++id) {
      const std::string event = event_for(id);
      bytes += fastcgi::request({.id = id, .keep = true}, fastcgi::post(event.size()), event);
    }
    client.send(bytes);
    for (std::uint16_t id = 1; id <= 5; ++id) {
      const auto answer = client.receive(id);
      ASSERT_TRUE(answer) << id;
      EXPECT_EQ(answer->status, 200);
    }
  }
  EXPECT_EQ(spooled().size(), 10U);
}

/// libfcgi, where it reads from the connection itself, keeps what it takes of the next request.
TEST_F(FastCgiServerTest, AnswersARequestThatArrivesWhileTheOneBeforeIsRead) {
  start();
  const std::string request = fastcgi::request({.keep = true}, fastcgi::get());
  for (int i = 0; i < 2'000; ++i) {
    FastCgiClient client = connect();
    client.send(request);
    client.send(request);
    for (int answered = 0; answered < 2; ++answered) {
      const auto answer = client.receive();
      ASSERT_TRUE(answer) << "of connection " << i;
      ASSERT_EQ(answer->status, 200);
    }
  }
}

TEST_F(FastCgiServerTest, TakesWhatFollowsARequestForNothingMoreThanItIs) {
  start();
  const std::string name = "FCGI_MPXS_CONNS";
  const std::string pair = std::string(1, static_cast<char>(name.size())) + '\0' + name;
  const std::string values = fastcgi::record(fastcgi::kGetValues, 0, pair);
  constexpr unsigned char kData = 8;  // FCGI_DATA, which a filter gets
  FastCgiClient client = connect();
  client.send(fastcgi::request({.keep = true}, fastcgi::get()) + fastcgi::record(kData, 1, "") +
              fastcgi::record(fastcgi::kAbortRequest, 1, "") + values);

  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.receive_values(),
            std::string(1, static_cast<char>(name.size())) + "\x01" + name + "0");
  EXPECT_EQ(status_of(client, fastcgi::get(), "", /*keep=*/true), 200);
}

/// A request that was begun ahead must not have the connection to itself for ever, either.
TEST_F(FastCgiServerTest, WaitsForTheRestOfARequestThatWasBegunAhead) {
  start();
  const std::string request = fastcgi::request({.keep = true}, fastcgi::get());
  for (const std::size_t ahead : {std::size_t{1}, std::size_t{8}, request.size() - 1}) {
    FastCgiClient client = connect();
    client.send(request + request.substr(0, ahead));
    ASSERT_TRUE(client.receive());
    client.send(request.substr(ahead));
    ASSERT_TRUE(client.receive()) << ahead;
  }
}

TEST_F(FastCgiServerTest, ReadsToTheEndOfTheBodyWhateverItsLengthIsSaidToBe) {
  start();
  const std::string body = event_for(1);
  for (const std::size_t said : {std::size_t{0}, std::size_t{5}, std::size_t{1'000'000}}) {
    FastCgiClient client = connect();
    EXPECT_EQ(status_of(client, fastcgi::post(said), body, /*keep=*/true), 200);
    EXPECT_EQ(status_of(client, fastcgi::get(), "", /*keep=*/true), 200)
        << "nothing is left over that would be taken for the next request";
  }
  EXPECT_THAT(spooled(), ElementsAre(body, body, body));
}

TEST_F(FastCgiServerTest, TakesABodyOfExactlyTheGreatestSize) {
  start();
  const std::string body = event_for(1);
  const std::string largest = body + std::string(kMaxBody - body.size(), '\n');

  EXPECT_EQ(post(largest), 200);
  EXPECT_EQ(post(largest + "\n"), 413);
  EXPECT_THAT(spooled(), ElementsAre(largest));
}

TEST_F(FastCgiServerTest, Answers413ToABodyThatIsTooLargeAndCloses) {
  start();
  FastCgiClient client = connect();

  EXPECT_EQ(status_of(client, fastcgi::post(0), std::string(kMaxBody + 1, ' '), /*keep=*/true),
            413);
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(FastCgiServerTest, Answers413WithoutWaitingForTheEndOfTheBody) {
  start();
  FastCgiClient client = connect();
  // Small enough for the socket's buffer, and more than is ever read.
  client.send(fastcgi::begin({.keep = true}) + fastcgi::parameters(1, fastcgi::post(1'000'000)) +
              fastcgi::stream(fastcgi::kStandardInput, 1, std::string(150'000, ' ')));
  const auto answer = client.receive();

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_TRUE(client.is_closed_by_peer());
}

/// Once nobody read on, and the client could neither send the rest nor read the answer.
TEST_F(FastCgiServerTest, ReadsToTheEndABodyThatWasRefusedWhenItWasAccepted) {
  make();
  FastCgiClient client = connect();
  std::promise<bool> sent;
  const std::jthread sender([&] {
    sent.set_value(
        client.send(fastcgi::begin({}) + fastcgi::parameters(1, fastcgi::post(2'000'000)) +
                    fastcgi::stream(fastcgi::kStandardInput, 1, std::string(2'000'000, ' ')) +
                    fastcgi::record(fastcgi::kStandardInput, 1, "")));
  });
  // The socket's buffer is full by the time that the connection is accepted.
  int queued = 0;
  while (queued < 100'000) ::ioctl(client.fd(), SIOCOUTQ, &queued);
  run();

  EXPECT_TRUE(sent.get_future().get());
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST_F(FastCgiServerTest, DropsARequestWhoseClientGoesAwayBeforeItIsWhole) {
  start();
  const std::string body = event_for(1);
  const std::string request = fastcgi::request({}, fastcgi::post(body.size()), body);
  for (std::size_t length = 0; length < request.size(); ++length) {
    FastCgiClient client = connect();
    client.send(request.substr(0, length));
    client.end_sending();
    ASSERT_TRUE(client.is_closed_by_peer()) << length;
  }
  EXPECT_THAT(spooled(), IsEmpty()) << "an event that nobody knows to be whole is not kept";
}

TEST_F(FastCgiServerTest, DropsARequestThatIsAborted) {
  start();
  FastCgiClient client = connect();
  client.send(fastcgi::begin({.keep = true}) + fastcgi::parameters(1, fastcgi::post(100)) +
              fastcgi::stream(fastcgi::kStandardInput, 1, event_for(1)) +
              fastcgi::record(fastcgi::kAbortRequest, 1, ""));
  const auto end = client.receive();

  ASSERT_TRUE(end) << "the web server is told of the end that it asked for";
  EXPECT_EQ(end->status, 0);
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_THAT(spooled(), IsEmpty());
}

/// Where the parts had been collected libfcgi could not write this answer, and then took the
/// content of a record for a header.
TEST_F(FastCgiServerTest, RefusesASecondRequestOnAConnectionThatIsInUse) {
  start();
  const std::string begun = fastcgi::begin({.id = 1}) + fastcgi::begin({.id = 2});
  const std::string values = fastcgi::record(fastcgi::kGetValues, 0, "");
  const std::string rest =
      fastcgi::parameters(1, fastcgi::get()) + fastcgi::record(fastcgi::kStandardInput, 1, "");
  for (const std::string& bytes : {begun + rest, values + begun + rest}) {
    FastCgiClient client = connect();
    client.send(bytes);
    const auto second = client.receive(2);
    const auto first = client.receive(1);

    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, 200);
    ASSERT_TRUE(second);
    constexpr unsigned char kCannotMultiplex = 1;
    EXPECT_EQ(second->protocol_status, kCannotMultiplex);
  }
}

/// libfcgi answers each of these, and once waited for ever for somebody to read that.
TEST_F(FastCgiServerTest, IsNotHeldUpByManyRequestsBegunAtOnce) {
  start();
  std::string begun = fastcgi::begin({.id = 1});
  for (int i = 0; i < 2000; ++i) begun += fastcgi::begin({.id = 2});
  const std::string rest =
      fastcgi::parameters(1, fastcgi::get()) + fastcgi::record(fastcgi::kStandardInput, 1, "");
  FastCgiClient at_once = connect();
  at_once.send(begun + rest);
  FastCgiClient in_parts = connect();
  in_parts.send(begun);
  EXPECT_EQ(post(event_for(1)), 200);
  in_parts.send(rest);
  EXPECT_EQ(post(event_for(2)), 200);
}

/// The only reading thread once waited for the rest of these, for ever.
TEST_F(FastCgiServerTest, IsHeldUpByNoNonsense) {
  start();
  std::vector<FastCgiClient> clients;
  for (const std::string& bytes :
       {std::string("G"), std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\0", 1),
        fastcgi::begin({.id = 1}) + fastcgi::request({.id = 2}, fastcgi::get()),
        fastcgi::begin({.id = 1}) + fastcgi::parameters(1, fastcgi::get()) +
            fastcgi::record(fastcgi::kStandardInput, 2, ""),
        fastcgi::begin({.role = fastcgi::Role::kAuthorizer}) +
            fastcgi::parameters(1, fastcgi::get()),
        fastcgi::begin({}) + fastcgi::record(fastcgi::kAbortRequest, 1, "abc").substr(0, 9),
        fastcgi::record(fastcgi::kGetValues, 0, ""),
        fastcgi::begin({}) + fastcgi::record(fastcgi::kStandardInput, 1, ""),
        fastcgi::record(fastcgi::kStandardInput, 1, "")}) {
    clients.push_back(connect());
    clients.back().send(bytes);
  }
  EXPECT_EQ(post(event_for(1)), 200);
  EXPECT_EQ(post(event_for(2)), 200);
}

TEST_F(FastCgiServerTest, SurvivesClientsThatDoNotWaitForTheAnswer) {
  start();
  for (int i = 0; i < 50; ++i) {
    FastCgiClient client = connect();
    client.send(fastcgi::request({}, fastcgi::post(event_for(i + 1).size()), event_for(i + 1)));
  }
  EXPECT_EQ(post(event_for(1000)), 200);
}

TEST_F(FastCgiServerTest, AnswersAClientThatAsksForValuesBeforeItsFirstRequest) {
  start();
  FastCgiClient client = connect();
  const std::string name = "FCGI_MPXS_CONNS";
  const std::string pair = std::string(1, static_cast<char>(name.size())) + '\0' + name;
  ASSERT_TRUE(client.send(fastcgi::record(fastcgi::kGetValues, 0, pair)));

  EXPECT_EQ(client.receive_values(),
            std::string(1, static_cast<char>(name.size())) + "\x01" + name + "0");

  EXPECT_EQ(status_of(client, fastcgi::get()), 200);
}

TEST_F(FastCgiServerTest, AnswersAClientThatAsksForValuesBeforeEachRequestOfMany) {
  start();
  FastCgiClient client = connect();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(client.send(fastcgi::record(fastcgi::kGetValues, 0, "")));
    ASSERT_EQ(status_of(client, fastcgi::get(), "", /*keep=*/true), 200) << i;
  }
}

/// libfcgi would write all the values that it is asked for into a buffer for three.
TEST_F(FastCgiServerTest, SurvivesAClientThatAsksForOneValueManyTimes) {
  start();
  FastCgiClient client = connect();
  const std::string name = "FCGI_MAX_CONNS";
  std::string pairs;
  for (int i = 0; i < 100; ++i)
    pairs += std::string(1, static_cast<char>(name.size())) + '\0' + name;
  ASSERT_TRUE(client.send(fastcgi::record(fastcgi::kGetValues, 0, pairs) +
                          fastcgi::request({}, fastcgi::get())));

  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(FastCgiServerTest, KeepsEveryEventThatManyClientsSendAtOnce) {
  start(2);
  constexpr int kClients = 8;
  constexpr int kEach = 100;
  std::atomic<int> kept = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kClients; ++thread) {
      threads.emplace_back([&, thread] {
        FastCgiClient client = connect();
        for (int i = 1; i <= kEach; ++i) {
          const std::string body = event_for(thread * kEach + i);
          // Half of them on one connection, half on a new one each time.
          const int status = thread % 2 == 0
                                 ? status_of(client, fastcgi::post(body.size()), body, true)
                                 : post(body);
          if (status == 200) ++kept;
        }
      });
    }
  }
  EXPECT_EQ(kept, kClients * kEach);
  EXPECT_EQ(spooled().size(), std::size_t{kClients * kEach});
}

TEST_F(FastCgiServerTest, Answers503WhileTheSpoolIsUnusableAnd200OnceItIsMended) {
  std::ofstream(layout_.root()) << "a file stands where the directory should be";
  start();
  FastCgiClient client = connect();

  const auto refused = client.ask(fastcgi::post(event_for(1).size()), event_for(1), true);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->header("Retry-After"), "60");
  EXPECT_EQ(status_of(client, fastcgi::get(kValidation), "", true), 200)
      << "for which no spool is needed";

  std::filesystem::remove(layout_.root());
  EXPECT_EQ(status_of(client, fastcgi::post(event_for(2).size()), event_for(2), true), 200);
  EXPECT_THAT(spooled(), ElementsAre(event_for(2)));
}

TEST_F(FastCgiServerTest, HeedsASubscriptionThatBecomesKnownMeanwhile) {
  start();
  EXPECT_EQ(post(event_for(1)), 200);
  std::ofstream(layout_.subscription()) << "5\n";
  EXPECT_EQ(post(event_for(2)), 403);
  std::filesystem::remove(layout_.subscription());
  EXPECT_EQ(post(event_for(3)), 200);

  EXPECT_THAT(spooled(), ElementsAre(event_for(1), event_for(3)));
}

TEST_F(FastCgiServerTest, RemovesItsSocketWhenItStops) {
  start();
  ASSERT_TRUE(std::filesystem::exists(socket()));
  stop();
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(FastCgiServerTest, StopsWhileConnectionsAreIdleOrHalfOpen) {
  start(3);
  FastCgiClient idle = connect();
  FastCgiClient half_open = connect();
  half_open.send(fastcgi::begin({}));
  FastCgiClient kept = connect();
  ASSERT_EQ(status_of(kept, fastcgi::get(), "", true), 200);
  stop();

  EXPECT_TRUE(idle.is_closed_by_peer());
  EXPECT_TRUE(half_open.is_closed_by_peer());
  EXPECT_TRUE(kept.is_closed_by_peer());
}

/// More than are accepted at once, and told of by one edge.
TEST_F(FastCgiServerTest, AnswersEveryRequestThatWaitedWhenItBegan) {
  make();
  std::vector<FastCgiClient> clients = post_many(200);
  run();

  EXPECT_EQ(statuses_of(clients), std::vector<int>(200, 200));
}

/// More than may wait for the disk at once.
TEST_F(FastCgiServerTest, AnswersEveryRequestThatArrivedBeforeTheStop) {
  for (const unsigned threads : {1U, 3U}) {
    make(threads);
    std::vector<FastCgiClient> clients = post_many(1200);
    run();
    stop();
    EXPECT_EQ(statuses_of(clients), std::vector<int>(1200, 200));
  }
  EXPECT_EQ(spooled().size(), 2400U);
}

/// Holds the first fdatasync up until it is told to go on.
class FastCgiServerAtTheDiskTest : public FastCgiServerTest {
 protected:
  int plan(const std::string& call) override {
    if (call == "fdatasync" && !reached_.exchange(true)) {
      sync_began_.set_value();
      go_on_.get_future().wait();
      return outcome_;
    }
    return 0;
  }

  std::atomic<bool> reached_ = false;
  std::atomic<int> outcome_ = 0;
  std::promise<void> sync_began_;
  std::promise<void> go_on_;
};

TEST_F(FastCgiServerAtTheDiskTest, AnswersWhatIsInFlightWhenItIsStopped) {
  start();
  FastCgiClient client = connect();
  client.send(fastcgi::request({}, fastcgi::post(event_for(1).size()), event_for(1)));
  sync_began_.get_future().wait();
  ask_to_stop();
  go_on_.set_value();
  stop();
  const auto answer = client.receive();

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(spooled(), ElementsAre(event_for(1)));
}

TEST_F(FastCgiServerAtTheDiskTest, ReadsAndDecidesWhileTheDiskIsSlow) {
  start();
  FastCgiClient waiting = connect();
  waiting.send(fastcgi::request({}, fastcgi::post(event_for(1).size()), event_for(1)));
  sync_began_.get_future().wait();
  FastCgiClient other = connect();
  EXPECT_EQ(status_of(other, fastcgi::get(kValidation)), 200);
  go_on_.set_value();

  const auto answer = waiting.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

/// Nothing more comes that would wake a thread.
TEST_F(FastCgiServerAtTheDiskTest, CommitsWhatArrivedDuringACommit) {
  start();
  FastCgiClient first = connect();
  first.send(fastcgi::request({}, fastcgi::post(event_for(1).size()), event_for(1)));
  sync_began_.get_future().wait();
  FastCgiClient second = connect();
  second.send(fastcgi::request({}, fastcgi::post(event_for(2).size()), event_for(2)));
  FastCgiClient third = connect();
  ASSERT_EQ(status_of(third, fastcgi::get(kValidation)), 200) << "so the second has been read";
  go_on_.set_value();

  for (FastCgiClient* client : {&first, &second}) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
}

TEST_F(FastCgiServerAtTheDiskTest, Answers503WhenTheSyncFails) {
  outcome_ = EIO;
  go_on_.set_value();
  start();

  EXPECT_EQ(post(event_for(1)), 503);
  EXPECT_EQ(post(event_for(2)), 200) << "in a new segment, without a restart";
}

}  // namespace
}  // namespace hookspool::receiver
