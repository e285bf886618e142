// Each fault is made by a real server in front of a real client.

#include "ctl/callback_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "strava/curl_transport.h"
#include "support/fake_clock.h"
#include "support/http_server.h"
#include "support/one_shot_server.h"
#include "support/scripted_transport.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = "the-verify-token";

void echo(const httplib::Request& request, httplib::Response& response) {
  response.set_content(R"({"hub.challenge":")" + request.get_param_value("hub.challenge") + R"("})",
                       "application/json");
}

/// The findings of that level, text and mend.
std::string findings(const std::vector<Finding>& all, Level level) {
  std::string text;
  for (const Finding& finding : all) {
    if (finding.level == level) text += finding.text + "; " + finding.mend + "\n";
  }
  return text;
}

class CallbackCheckTest : public testing::Test {
 protected:
  std::vector<Finding> check(const std::string& url) {
    strava::HttpLimits limits;
    limits.total_timeout = 500ms;
    // Ends before the server, which would wait for its kept connection.
    strava::CurlTransport transport(limits);
    return check_callback(transport, clock_, url, Secret(kToken));
  }
  std::string faults(const std::string& url) { return findings(check(url), Level::kFault); }
  std::string warnings(const std::string& url) { return findings(check(url), Level::kWarning); }

  /// The URL of a server whose every answer `handler` gives.
  std::string served(httplib::Server::Handler handler) {
    server_.routes().Get("/hook", std::move(handler));
    return server_.url() + "/hook";
  }

  SystemClock clock_;
  test::HttpServer server_;
};

TEST_F(CallbackCheckTest, IsContentWithAReceiver) {
  std::string asked;
  const std::string url = served([&](const auto& request, auto& response) {
    asked = request.target;
    echo(request, response);
  });

  const auto found = check(url + "?key=1");

  EXPECT_EQ(findings(found, Level::kFault), "");
  EXPECT_EQ(findings(found, Level::kWarning), "");
  EXPECT_THAT(findings(found, Level::kOk), HasSubstr("answers the challenge"));
  EXPECT_THAT(asked, HasSubstr("key=1&hub.mode=subscribe&hub.challenge="));
  EXPECT_THAT(asked, HasSubstr(std::string("hub.verify_token=") + kToken));
}

TEST_F(CallbackCheckTest, NamesWhereARedirectGoes) {
  const std::string url = served([](const auto&, auto& response) {
    response.set_redirect("https://www.example.org/hook/", 301);
  });

  EXPECT_THAT(faults(url), HasSubstr("a redirect, 301 to https://www.example.org/hook/"));
}

TEST_F(CallbackCheckTest, TellsAReceiverWithAnotherTokenFromSomethingInFront) {
  std::string page = "hub.verify_token is not the one that this receiver expects.\n";
  const std::string url = served([&](const auto&, auto& response) {
    response.status = 403;
    response.set_content(page, "text/plain");
  });

  EXPECT_THAT(faults(url), HasSubstr("runs with another verify token"));
  page = "<html>Are you human?</html>";
  EXPECT_THAT(faults(url), HasSubstr("keeps strangers out"));
}

TEST_F(CallbackCheckTest, SaysWhereTheWebServerIsAtFault) {
  int status = 404;
  const std::string url = served([&](const auto&, auto& response) { response.status = status; });

  EXPECT_THAT(faults(url), HasSubstr("does not pass that path"));
  for (const int gateway : {502, 503, 504}) {
    status = gateway;
    EXPECT_THAT(faults(url), HasSubstr("the receiver does not run")) << gateway;
  }
  status = 500;
  EXPECT_THAT(faults(url), HasSubstr("the answer is 500, not 200"));
}

/// Both answer 503: Apache, which reaches none, and a receiver that cannot write.
TEST_F(CallbackCheckTest, TellsAReceiverThatAsksForPatienceFromOneThatDoesNotRun) {
  const std::string url = served([](const auto&, auto& response) {
    response.status = 503;
    response.set_header("Retry-After", "60");
  });
  EXPECT_THAT(faults(url), HasSubstr("look into the logs of web server and receiver"));
  EXPECT_THAT(faults(url), Not(HasSubstr("does not run")));
}

TEST_F(CallbackCheckTest, SuspectsSelinuxWhereItEnforces) {
  const test::TemporaryDirectory directory;
  const auto faults_under = [&](const std::filesystem::path& state) {
    test::ScriptedTransport transport;
    transport.will_answer(502, "");
    return findings(
        check_callback(transport, clock_, "https://www.example.org/hook", Secret(kToken), state),
        Level::kFault);
  };
  std::ofstream(directory / "enforcing") << "1";
  std::ofstream(directory / "permissive") << "0";
  EXPECT_THAT(faults_under(directory / "enforcing"), HasSubstr("ausearch -m avc"));
  EXPECT_THAT(faults_under(directory / "permissive"), Not(HasSubstr("SELinux")));
  EXPECT_THAT(faults_under(directory / "missing"), Not(HasSubstr("SELinux")));
}

TEST_F(CallbackCheckTest, IsNotTakenInByAnother200) {
  std::string content;
  const std::string url =
      served([&](const auto&, auto& response) { response.set_content(content, "text/html"); });

  for (const char* other : {"<h1>Welcome</h1>", "{}", "[]", R"({"hub.challenge":"cached"})", ""}) {
    content = other;
    EXPECT_THAT(faults(url), HasSubstr("not the echo of the challenge")) << other;
  }
}

TEST_F(CallbackCheckTest, WarnsOfAnotherContentType) {
  const std::string url = served([](const auto& request, auto& response) {
    echo(request, response);
    response.set_content(response.body, "text/html");
  });
  const auto found = check(url);

  EXPECT_EQ(findings(found, Level::kFault), "");
  EXPECT_THAT(findings(found, Level::kWarning), HasSubstr("Content-Type"));
}

TEST_F(CallbackCheckTest, SaysThatNoAnswerComesInTime) {
  test::OneShotServer silent("", test::OneShotServer::Then::kStaySilent);
  EXPECT_THAT(faults(silent.url() + "/hook"), HasSubstr("there is no answer in time"));
}

/// Whose answers take their time.
class SlowTransport final : public strava::HttpTransport {
 public:
  SlowTransport(test::FakeClock& clock, std::chrono::milliseconds delay)
      : clock_(clock), delay_(delay) {}

  void start(strava::HttpRequest request, Completion completion) override {
    const std::string& query = request.query.reveal();
    const std::size_t challenge = query.find("hub.challenge=") + 14;
    scripted_.will_answer(200,
                          R"({"hub.challenge":")" +
                              query.substr(challenge, query.find('&', challenge) - challenge) +
                              R"("})",
                          {{"Content-Type", "application/json"}});
    scripted_.start(std::move(request), std::move(completion));
  }
  void wait(std::chrono::milliseconds timeout, std::span<const int> wake_on) override {
    clock_.advance(delay_);
    scripted_.wait(timeout, wake_on);
  }
  void withdraw() override { scripted_.withdraw(); }
  std::size_t in_flight() const override { return scripted_.in_flight(); }

 private:
  test::ScriptedTransport scripted_;
  test::FakeClock& clock_;
  std::chrono::milliseconds delay_;
};

TEST_F(CallbackCheckTest, WarnsOfASecondAndFailsAfterTwo) {
  const auto check_after = [](std::chrono::milliseconds delay) {
    test::FakeClock clock;
    SlowTransport transport(clock, delay);
    return check_callback(transport, clock, "http://127.0.0.1/hook", Secret(kToken));
  };

  EXPECT_THAT(findings(check_after(1000ms), Level::kOk), HasSubstr("answers within 1000 ms"));
  EXPECT_THAT(findings(check_after(1001ms), Level::kWarning), HasSubstr("the answer took 1001 ms"));
  EXPECT_THAT(findings(check_after(2001ms), Level::kFault), HasSubstr("the answer took 2001 ms"));
}

TEST_F(CallbackCheckTest, OnlyWarnsIfThisMachineDoesNotReachIt) {
  const std::string gone = test::HttpServer().url();
  const auto found = check(gone + "/hook");

  EXPECT_EQ(findings(found, Level::kFault), "");
  EXPECT_THAT(findings(found, Level::kWarning), HasSubstr("does not reach its own callback URL"));
}

TEST_F(CallbackCheckTest, WarnsOfPlainHttpButForATest) {
  test::ScriptedTransport transport;
  transport.will_answer(500, "");
  EXPECT_THAT(findings(check_callback(transport, clock_, "http://example.org/", Secret(kToken)),
                       Level::kWarning),
              HasSubstr("not https"));
}

TEST_F(CallbackCheckTest, LetsNoAnswerSpeakToTheTerminalOrTellTheToken) {
  const std::string url = served([](const auto& request, auto& response) {
    response.status = 403;
    response.set_content("\x1b[2J" + request.get_param_value("hub.verify_token").substr(20),
                         "text/plain");
  });
  EXPECT_THAT(faults(url), Not(HasSubstr("\x1b")));
  EXPECT_THAT(faults(test::HttpServer().url()), Not(HasSubstr(kToken)));
}

/// With a certificate authority of its own, which programs learn of from the environment.
class CallbackCertificateTest : public CallbackCheckTest {
 protected:
  CallbackCertificateTest() { ::setenv("SSL_CERT_FILE", authority_.file().c_str(), 1); }
  ~CallbackCertificateTest() override { ::unsetenv("SSL_CERT_FILE"); }

  std::vector<Finding> check_with_certificate(std::chrono::seconds left) {
    test::HttpServer server(authority_.issue(left));
    server.routes().Get("/hook", echo);
    return check(server.url() + "/hook");
  }

  test::TemporaryDirectory directory_;
  test::CertificateAuthority authority_{directory_.path()};
};

TEST_F(CallbackCertificateTest, IsFineForWeeks) {
  const auto found = check_with_certificate(std::chrono::days(20));

  EXPECT_EQ(findings(found, Level::kFault) + findings(found, Level::kWarning), "");
  EXPECT_THAT(findings(found, Level::kOk), HasSubstr("has a certificate that lasts until"));
}

TEST_F(CallbackCertificateTest, IsWarnedOfBeforeItExpires) {
  EXPECT_THAT(findings(check_with_certificate(std::chrono::days(5)), Level::kWarning),
              HasSubstr("the certificate expires on"));
}

TEST_F(CallbackCertificateTest, IsAFaultOnceItHasExpired) {
  EXPECT_THAT(findings(check_with_certificate(-1h), Level::kFault),
              HasSubstr("certificate has expired"));
}

TEST_F(CallbackCertificateTest, IsAFaultIfNobodyTrustsIt) {
  test::HttpServer server(test::HttpServer::Tls::kSelfSigned);
  EXPECT_THAT(faults(server.url() + "/hook"), HasSubstr("TLS fails"));
}

}  // namespace
}  // namespace hookspool::ctl
