#include "strava/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/held_name.h"
#include "support/http_server.h"
#include "support/one_shot_server.h"

namespace hookspool::strava {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

std::string reason_of(const HttpResult& result) {
  const auto* failure = std::get_if<TransportFailure>(&result);
  return failure == nullptr ? "" : failure->reason;
}

const HttpResponse& response_of(const HttpResult& result) {
  return std::get<HttpResponse>(result);
}

class CurlTransportTest : public testing::Test {
 protected:
  test::HttpServer server_;
  CurlTransport transport_;
};

TEST_F(CurlTransportTest, BringsStatusHeadersAndBody) {
  server_.routes().Get("/activities/5", [](const httplib::Request&, httplib::Response& response) {
    response.status = 404;
    response.set_header("X-RateLimit-Usage", "1,2");
    response.set_content("{}", "application/json");
  });
  const HttpResult result = perform(transport_, get(server_.url() + "/activities/5"));
  EXPECT_EQ(response_of(result).status, 404);
  EXPECT_EQ(response_of(result).headers.find("x-ratelimit-usage"), "1,2");
  EXPECT_EQ(response_of(result).body, "{}");
}

TEST_F(CurlTransportTest, SendsEachPartWhereItBelongs) {
  httplib::Request seen;
  server_.routes().Delete(
      "/sub/1", [&](const httplib::Request& request, httplib::Response&) { seen = request; });
  HttpRequest request = get(server_.url() + "/sub/1");
  request.method = HttpMethod::kDelete;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.query = Secret("client_secret=q");
  request.bearer_token = Secret("a-token");
  request.body = Secret("client_secret=b");
  EXPECT_EQ(response_of(perform(transport_, std::move(request))).status, 200);
  EXPECT_EQ(seen.target, "/sub/1?client_secret=q");
  EXPECT_EQ(seen.body, "client_secret=b");
  EXPECT_EQ(seen.get_header_value("Authorization"), "Bearer a-token");
  EXPECT_THAT(seen.get_header_value("User-Agent"), testing::StartsWith("hookspool/"));
  EXPECT_THAT(seen.get_header_value("Accept-Encoding"), HasSubstr("gzip"));
}

TEST_F(CurlTransportTest, PostsAnEmptyBodyToo) {
  std::string length = "none";
  server_.routes().Post("/", [&](const httplib::Request& request, httplib::Response&) {
    length = request.get_header_value("Content-Length");
  });
  HttpRequest request = get(server_.url() + "/");
  request.method = HttpMethod::kPost;
  EXPECT_EQ(response_of(perform(transport_, std::move(request))).status, 200);
  EXPECT_EQ(length, "0");
}

TEST_F(CurlTransportTest, FollowsNoRedirectWithItsToken) {
  std::atomic<int> followed{0};
  server_.routes().Get("/from", [&](const httplib::Request&, httplib::Response& response) {
    response.set_redirect(server_.url() + "/to", 302);
  });
  server_.routes().Get("/to", [&](const httplib::Request&, httplib::Response&) { ++followed; });
  HttpRequest request = get(server_.url() + "/from");
  request.bearer_token = Secret("a-token");
  EXPECT_EQ(response_of(perform(transport_, std::move(request))).status, 302);
  EXPECT_EQ(followed, 0);
}

TEST_F(CurlTransportTest, SpeaksNothingButHttp) {
  EXPECT_THAT(reason_of(perform(transport_, get("file:///etc/passwd"))), HasSubstr("file"));
  EXPECT_NE(reason_of(perform(transport_, get("ftp://127.0.0.1/"))), "");
  EXPECT_NE(reason_of(perform(transport_, get("no url"))), "");
}

TEST_F(CurlTransportTest, RefusesAnAnswerOverItsLimit) {
  CurlTransport small({.largest_answer = 64 * 1024});
  server_.routes().Get("/large", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(100'000, 'x'), "text/plain");
  });
  server_.routes().Get("/endless", [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
      const std::string chunk(8192, 'x');
      return sink.write(chunk.data(), chunk.size());
    });
  });
  for (const char* path : {"/large", "/endless"}) {
    EXPECT_THAT(reason_of(perform(small, get(server_.url() + path))),
                HasSubstr("larger than 65536 bytes"))
        << path;
  }
}

TEST_F(CurlTransportTest, CountsWhatACompressedAnswerUnpacksTo) {
  CurlTransport small({.largest_answer = 64 * 1024});
  server_.routes().Get("/bomb", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(1'000'000, 'x'), "application/json");
  });
  EXPECT_THAT(reason_of(perform(small, get(server_.url() + "/bomb"))), HasSubstr("larger than"));
  const HttpResult result = perform(transport_, get(server_.url() + "/bomb"));
  EXPECT_EQ(response_of(result).headers.find("content-encoding").has_value(), true);
  EXPECT_EQ(response_of(result).body.size(), 1'000'000U);
}

TEST_F(CurlTransportTest, GivesUpWhenNothingComes) {
  CurlTransport hasty({.total_timeout = milliseconds(100)});
  test::OneShotServer silent("", test::OneShotServer::Then::kStaySilent);
  EXPECT_THAT(reason_of(perform(hasty, get(silent.url()))), HasSubstr("timed out"));
}

/// Or one consumer whose zone is down would keep everybody waiting.
TEST_F(CurlTransportTest, GivesUpANameThatIsNotResolvedThoughItIsStillBeingAskedFor) {
  CurlTransport hasty({.connect_timeout = milliseconds(100)});
  const test::HeldName held;
  EXPECT_THAT(reason_of(perform(hasty, get("http://" + held.name() + "/"))),
              HasSubstr("timed out"));
  EXPECT_TRUE(held.is_asked_for());
}

TEST_F(CurlTransportTest, FailsWhenTheConnectionIsCut) {
  for (const char* sent : {"", "HTTP/1.1 404 Not Found\r\n", "HTTP/1.1 404 Not Found\r\nContent-Le",
                           "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
                           "this is not HTTP at all\r\n\r\n"}) {
    test::OneShotServer cutting(sent, test::OneShotServer::Then::kClose);
    EXPECT_NE(reason_of(perform(transport_, get(cutting.url()))), "") << sent;
  }
}

/// RFC 9112, section 7.1.2.
TEST_F(CurlTransportTest, TakesAnAnswerWithoutTheTrailersBehindIt) {
  test::OneShotServer server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-RateLimit-Usage\r\n\r\n"
      "2\r\n{}\r\n0\r\nX-RateLimit-Usage: 9,9\r\n\r\n",
      test::OneShotServer::Then::kClose);
  const HttpResult result = perform(transport_, get(server.url()));
  EXPECT_EQ(response_of(result).body, "{}");
  EXPECT_FALSE(response_of(result).headers.find("X-RateLimit-Usage"));
}

TEST_F(CurlTransportTest, TakesTheHeadersOfTheFinalAnswer) {
  test::OneShotServer server(
      "HTTP/1.1 103 Early Hints\r\nX-RateLimit-Usage: 9,9\r\n\r\n"
      "HTTP/1.1 200 OK\r\nX-RateLimit-Usage:1,2\r\nContent-Length: 2\r\n\r\n{}",
      test::OneShotServer::Then::kClose);
  const HttpResult result = perform(transport_, get(server.url()));
  EXPECT_EQ(response_of(result).status, 200);
  EXPECT_EQ(response_of(result).headers.find("X-RateLimit-Usage"), "1,2");
}

TEST_F(CurlTransportTest, NamesMethodAndUrlInAFailureButNoSecret) {
  HttpRequest request = get("http://127.0.0.1:1/push_subscriptions");
  request.query = Secret("client_secret=s3cret");
  request.bearer_token = Secret("a-token");
  const std::string reason = reason_of(perform(transport_, std::move(request)));
  EXPECT_THAT(reason, HasSubstr("GET http://127.0.0.1:1/push_subscriptions: "));
  EXPECT_THAT(reason, Not(HasSubstr("s3cret")));
  EXPECT_THAT(reason, Not(HasSubstr("a-token")));
}

TEST_F(CurlTransportTest, VerifiesTheCertificate) {
  test::HttpServer untrusted(test::HttpServer::Tls::kSelfSigned);
  EXPECT_THAT(reason_of(perform(transport_, get(untrusted.url() + "/"))), HasSubstr("certificate"));
}

TEST_F(CurlTransportTest, KeepsTheConnectionForTheNextRequest) {
  std::vector<int> ports;
  server_.routes().Get("/", [&](const httplib::Request& request, httplib::Response&) {
    ports.push_back(request.remote_port);
  });
  perform(transport_, get(server_.url() + "/"));
  perform(transport_, get(server_.url() + "/"));
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0], ports[1]);
}

TEST_F(CurlTransportTest, RunsRequestsSideBySide) {
  constexpr int kRequests = 3;
  std::latch all_there(kRequests);
  server_.routes().Get("/", [&](const httplib::Request&, httplib::Response&) {
    all_there.arrive_and_wait();  // one after the other would never end
  });
  int answered = 0;
  for (int i = 0; i < kRequests; ++i) {
    transport_.start(get(server_.url() + "/"), [&](HttpResult result) {
      if (reason_of(result).empty()) ++answered;
    });
  }
  EXPECT_EQ(transport_.in_flight(), 3U);
  EXPECT_EQ(answered, 0);
  while (transport_.in_flight() > 0) transport_.wait(std::chrono::seconds(5), {});
  EXPECT_EQ(answered, kRequests);
}

TEST_F(CurlTransportTest, LetsACompletionStartTheNextRequest) {
  std::string order;
  transport_.start(get(server_.url() + "/"), [&](HttpResult) {
    order += 'a';
    transport_.start(get(server_.url() + "/"), [&](HttpResult) { order += 'b'; });
  });
  while (transport_.in_flight() > 0) transport_.wait(std::chrono::seconds(5), {});
  EXPECT_EQ(order, "ab");
}

TEST_F(CurlTransportTest, SendsNothingThatWasWithdrawnBeforeItWaited) {
  std::string asked;
  server_.routes().Get("/(.)", [&](const httplib::Request& request, httplib::Response&) {
    asked += request.matches[1].str();
  });
  std::string ended;
  bool has_begun = false;
  transport_.start(get("http://127.0.0.1:1/"), [&](HttpResult) {
    has_begun = true;
    transport_.start(get(server_.url() + "/b"), [&](HttpResult result) {
      ended += std::get<TransportFailure>(result).fault == TransportFault::kWithdrawn ? 'b' : '?';
    });
  });
  transport_.start(get(server_.url() + "/a"), [&](HttpResult result) {
    if (reason_of(result).empty()) ended += 'a';
  });
  while (!has_begun) transport_.wait(std::chrono::seconds(5), {});
  transport_.withdraw();
  EXPECT_GT(transport_.in_flight(), 0U);
  while (transport_.in_flight() > 0) transport_.wait(std::chrono::seconds(5), {});

  std::sort(ended.begin(), ended.end());
  EXPECT_EQ(ended, "ab");
  EXPECT_EQ(asked, "a");
}

TEST_F(CurlTransportTest, HarmsNoOtherRequestWhenACompletionThrows) {
  int completed = 0;
  for (int i = 0; i < 3; ++i) {
    transport_.start(get("http://127.0.0.1:1/"), [&](HttpResult) {
      ++completed;
      throw std::runtime_error("the store is gone");
    });
  }
  while (transport_.in_flight() > 0) {
    try {
      transport_.wait(std::chrono::seconds(5), {});
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_EQ(completed, 3);
}

TEST_F(CurlTransportTest, WaitsNoLongerThanAsked) {
  const auto begin = steady_clock::now();
  transport_.wait(milliseconds(50), {});
  const auto waited = steady_clock::now() - begin;
  EXPECT_GE(waited, milliseconds(50));
  EXPECT_LT(waited, std::chrono::seconds(5));
}

TEST_F(CurlTransportTest, WakesWhenADescriptorCanBeRead) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const Descriptor read_end(pipe[0]);
  const Descriptor write_end(pipe[1]);
  ASSERT_EQ(::write(write_end.get(), "x", 1), 1);
  const auto begin = steady_clock::now();
  const std::array wake_on{read_end.get()};
  transport_.wait(std::chrono::seconds(30), wake_on);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(15));
}

TEST_F(CurlTransportTest, DropsWhatIsUnderWayAtItsEnd) {
  test::OneShotServer silent("", test::OneShotServer::Then::kStaySilent);
  bool called = false;
  {
    CurlTransport short_lived;
    short_lived.start(get(silent.url()), [&](HttpResult) { called = true; });
    short_lived.wait(milliseconds(20), {});
    EXPECT_EQ(short_lived.in_flight(), 1U);
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace hookspool::strava
