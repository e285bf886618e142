// hookspool.fcgi as the plain CGI program of a web server: the request in the environment and on
// standard input, the answer on standard output.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spool/reader.h"
#include "support/child_process.h"
#include "support/fake_clock.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using test::ChildProcess;
using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Environment = std::map<std::string, std::string>;

const std::string kEvent =
    R"({"aspect_type":"create","event_time":1522986611,"object_id":1491968222,)"
    R"("object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";

class CgiTest : public testing::Test {
 protected:
  CgiTest() { write_config(""); }

  void write_config(const std::string& more) const {
    std::ofstream(directory_ / "hookspool.toml")
        << "[receiver]\nspool = \"spool\"\nverify_token = \"t0ken\"\n"
        << more;
    std::filesystem::permissions(directory_ / "hookspool.toml", std::filesystem::perms{0600});
  }

  Environment with_config(Environment environment) const {
    environment.emplace("HOOKSPOOL_CONFIG", (directory_ / "hookspool.toml").string());
    return environment;
  }

  std::unique_ptr<ChildProcess> start(const Environment& environment,
                                      const std::vector<std::string>& arguments = {}) const {
    return std::make_unique<ChildProcess>(ChildProcess::Command{
        test::built_program("hookspool.fcgi"), arguments, with_config(environment)});
  }

  /// The outcome of one request, whose standard input stays open: no end of the body is ever seen.
  ChildProcess::Outcome request(const Environment& environment, const std::string& body = "",
                                const std::vector<std::string>& arguments = {}) const {
    const auto process = start(environment, arguments);
    process->write(body);
    return process->wait();
  }

  static Environment post(const std::string& content_length) {
    return {{"REQUEST_METHOD", "POST"}, {"CONTENT_LENGTH", content_length}};
  }

  std::vector<std::string> spooled() const {
    std::vector<std::string> bodies;
    const test::FakeClock clock;
    spool::Reader reader(directory_ / "spool", spool::real_file_system(), clock);
    reader.seal();
    for (const auto& segment : reader.sealed_segments()) {
      reader.read(segment, 100, [&](const std::vector<spool::Record>& batch) {
        for (const spool::Record& record : batch) bodies.push_back(record.body);
      });
    }
    return bodies;
  }

  const TemporaryDirectory directory_;
};

TEST_F(CgiTest, AnswersTheValidation) {
  const auto outcome =
      request({{"REQUEST_METHOD", "GET"},
               {"QUERY_STRING", "hub.mode=subscribe&hub.verify_token=t0ken&hub.challenge=abc"}});

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("Status: 200 OK\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(outcome.output, EndsWith("\r\n\r\n{\"hub.challenge\":\"abc\"}"));
  EXPECT_EQ(outcome.error, "");
}

TEST_F(CgiTest, KeepsAnEventThoughItsStandardInputNeverEnds) {
  const auto outcome = request(post(std::to_string(kEvent.size())), kEvent);

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("Status: 200 OK\r\n"));
  EXPECT_THAT(spooled(), ElementsAre(kEvent));
}

TEST_F(CgiTest, ReadsNoMoreThanContentLengthSays) {
  const auto outcome = request(post(std::to_string(kEvent.size())), kEvent + "and more");

  EXPECT_THAT(outcome.output, StartsWith("Status: 200 OK\r\n"));
  EXPECT_THAT(spooled(), ElementsAre(kEvent));
}

TEST_F(CgiTest, TakesABodyThatComesInPieces) {
  const auto process = start(post(std::to_string(kEvent.size())));
  for (const char c : kEvent) process->write(std::string(1, c));

  EXPECT_THAT(process->wait().output, StartsWith("Status: 200 OK\r\n"));
  EXPECT_THAT(spooled(), ElementsAre(kEvent));
}

/// Apache hands a chunked body over so.
TEST_F(CgiTest, TakesABodyOfUnknownLength) {
  for (const bool ends : {true, false}) {
    const auto process = start({{"REQUEST_METHOD", "POST"}, {"HTTP_TRANSFER_ENCODING", "chunked"}});
    process->write(kEvent.substr(0, 50));
    process->write(kEvent.substr(50));
    if (ends) process->close_input();
    EXPECT_THAT(process->wait().output, StartsWith("Status: 200 OK\r\n"));
  }
  EXPECT_THAT(spooled(), ElementsAre(kEvent, kEvent));
}

TEST_F(CgiTest, ReadsOnWhenABodyOfUnknownLengthTurnsOutTooLarge) {
  const auto process = start({{"REQUEST_METHOD", "POST"}});
  // More than a pipe holds: it is taken to the end, though the answer is known before.
  EXPECT_TRUE(process->write(std::string(500'000, ' ')));
  process->close_input();

  EXPECT_THAT(process->wait().output, StartsWith("Status: 413 "));
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(CgiTest, RefusesABodyThatEndsTooEarly) {
  const auto process = start(post(std::to_string(kEvent.size())));
  process->write(kEvent.substr(0, 50));
  process->close_input();

  EXPECT_THAT(process->wait().output, StartsWith("Status: 400 "));
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(CgiTest, ReadsNothingWithoutASensibleContentLength) {
  for (const char* length : {"", "0", "-1", "x", "5x", " 5", "+5", "0x10", "1.5", "NaN"}) {
    EXPECT_THAT(request(post(length)).output, StartsWith("Status: 400 ")) << length;
  }
  EXPECT_THAT(request({{"REQUEST_METHOD", "POST"}}).output, StartsWith("Status: 400 "));
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(CgiTest, RefusesABodyThatIsTooLargeWithoutReadingIt) {
  for (const char* length : {"32769", "4294967296", "9223372036854775808", "18446744073709551616",
                             "99999999999999999999999999999999"}) {
    EXPECT_THAT(request(post(length)).output, StartsWith("Status: 413 ")) << length;
  }
}

TEST_F(CgiTest, HeedsMaxBody) {
  write_config("max_body = 1024\n");
  EXPECT_THAT(request(post("1025")).output, StartsWith("Status: 413 "));
  const std::string largest = kEvent + std::string(1024 - kEvent.size(), ' ');
  EXPECT_THAT(request(post("1024"), largest).output, StartsWith("Status: 200 "));
}

/// By RFC 3875, section 4.4, a query without "=" becomes the program's arguments.
TEST_F(CgiTest, IgnoresArgumentsThatWhoeverSendsTheRequestChooses) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--config", "/nonexistent"},
        {"--help"},
        {"--version"},
        {"--socket", (directory_ / "socket").string()},
        {"--nonsense"},
        {"x", "y"}}) {
    const auto outcome = request({{"REQUEST_METHOD", "GET"}}, "", arguments);
    EXPECT_EQ(outcome.exit_code, 0) << arguments.front();
    EXPECT_THAT(outcome.output, StartsWith("Status: 200 OK\r\n")) << arguments.front();
    EXPECT_EQ(outcome.error, "");
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ / "socket"));
}

TEST_F(CgiTest, AnswersHeadWithoutABody) {
  EXPECT_THAT(request({{"REQUEST_METHOD", "HEAD"}}).output, EndsWith("\r\n\r\n"));
}

TEST_F(CgiTest, RefusesOtherMethods) {
  for (const char* method : {"", "PUT", "get"}) {
    EXPECT_THAT(request({{"REQUEST_METHOD", method}}).output,
                StartsWith("Status: 405 Method Not Allowed\r\n"));
  }
}

TEST_F(CgiTest, Answers503WhenItsConfigurationIsBroken) {
  for (const auto& [path, complaint] : std::map<std::string, std::string>{
           {"/nonexistent/hookspool.toml", "/nonexistent/hookspool.toml"},
           {directory_ / "broken.toml", "broken.toml:2: unknown key receiver.colour"}}) {
    std::ofstream(directory_ / "broken.toml") << "[receiver]\ncolour = 1\n";
    Environment environment = post(std::to_string(kEvent.size()));
    environment["HOOKSPOOL_CONFIG"] = path;
    const auto outcome = request(environment, kEvent);

    EXPECT_EQ(outcome.exit_code, 78);
    EXPECT_THAT(outcome.output, StartsWith("Status: 503 "));
    EXPECT_THAT(outcome.output, HasSubstr("\r\nRetry-After: 60\r\n"));
    EXPECT_THAT(outcome.output, Not(HasSubstr(".toml")))
        << "which is none of the sender's business";
    EXPECT_THAT(outcome.error, HasSubstr(complaint));
  }
}

/// Apache would cut the connection.
TEST_F(CgiTest, TakesTheBodyThoughItsConfigurationIsBroken) {
  Environment environment = post("500000");
  environment["HOOKSPOOL_CONFIG"] = "/nonexistent/hookspool.toml";
  const auto process = start(environment);
  EXPECT_TRUE(process->write(std::string(500'000, ' ')));
  EXPECT_THAT(process->wait().output, StartsWith("Status: 503 "));
}

TEST_F(CgiTest, Answers503WhileTheSpoolIsUnusable) {
  std::ofstream(directory_ / "spool") << "a file stands where the directory should be";
  const auto refused = request(post(std::to_string(kEvent.size())), kEvent);
  EXPECT_THAT(refused.output, StartsWith("Status: 503 "));
  EXPECT_THAT(refused.output, HasSubstr("\r\nRetry-After: 60\r\n"));
  EXPECT_THAT(refused.error, HasSubstr((directory_ / "spool").string()));

  std::filesystem::remove(directory_ / "spool");
  EXPECT_THAT(request(post(std::to_string(kEvent.size())), kEvent).output,
              StartsWith("Status: 200 "));
}

TEST_F(CgiTest, Answers503AtAFileSizeLimitRatherThanDieOfTheSignal) {
  // Below the limit there is room for what a sanitizer writes when it starts.
  std::filesystem::create_directory(directory_ / "spool");
  std::ofstream(directory_ / "spool/current") << std::string(4 * 1024 * 1024, 'x') << '\n';
  ChildProcess process(
      {"/bin/sh",
       {"-c", "ulimit -f 2048; exec \"$0\"", test::built_program("hookspool.fcgi")},
       with_config(post(std::to_string(kEvent.size())))});
  process.write(kEvent);
  const auto outcome = process.wait();

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("Status: 503 "));
  EXPECT_THAT(outcome.error, HasSubstr("File too large"));
  EXPECT_THAT(spooled(), IsEmpty());
}

TEST_F(CgiTest, SurvivesAWebServerThatIsGone) {
  const auto process = start(post(std::to_string(kEvent.size())));
  process->close_output();
  process->write(kEvent);

  EXPECT_EQ(process->wait().exit_code, 0);
  EXPECT_THAT(spooled(), ElementsAre(kEvent)) << "kept twice is better than not at all";
}

TEST_F(CgiTest, KeepsEveryEventOfManyProcessesAtOnce) {
  constexpr int kProcesses = 30;
  std::vector<std::unique_ptr<ChildProcess>> processes;
  std::set<std::string> sent;
  for (int i = 0; i < kProcesses; ++i) {
    std::string event = kEvent;
    event.replace(event.find("1491968222"), 10, std::to_string(1000 + i));
    processes.push_back(start(post(std::to_string(event.size()))));
    processes.back()->write(event);
    sent.insert(event);
  }
  for (const auto& process : processes) {
    EXPECT_THAT(process->wait().output, StartsWith("Status: 200 "));
  }
  const std::vector<std::string> kept = spooled();
  EXPECT_EQ(kept.size(), sent.size());
  EXPECT_EQ(std::set<std::string>(kept.begin(), kept.end()), sent);
}

}  // namespace
}  // namespace hookspool::receiver
