// hookspool.fcgi as a program: its command line, its exit codes, and how it starts and stops.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/exit_code.h"
#include "base/sanitizer.h"
#include "receiver/listening_socket.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"
#include "support/child_process.h"
#include "support/fastcgi_client.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using test::ChildProcess;
using test::FastCgiClient;
using test::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace fastcgi = test::fastcgi;

const std::string kEvent =
    R"({"aspect_type":"create","event_time":1522986611,"object_id":1491968222,)"
    R"("object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";

class ReceiverProgram : public testing::Test {
 protected:
  ReceiverProgram() { write_config("[receiver]\nspool = \"spool\"\nverify_token = \"t0ken\"\n"); }

  void write_config(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(config()) << text;
    ASSERT_EQ(::chmod(config().c_str(), mode), 0);
  }
  std::filesystem::path config() const { return directory_ / "hookspool.toml"; }
  std::filesystem::path socket() const { return directory_ / "socket"; }

  /// Its outcome with these arguments, and with nothing on descriptor 0 that listens.
  static ChildProcess::Outcome run(const std::vector<std::string>& arguments) {
    ChildProcess process({test::built_program("hookspool.fcgi"), arguments, {}});
    process.close_input();
    return process.wait();
  }

  /// Serving a socket that it was handed over, so that clients need not wait for its start.
  std::unique_ptr<ChildProcess> serve(const ListeningSocket& listening) const {
    return std::make_unique<ChildProcess>(
        ChildProcess::Command{test::built_program("hookspool.fcgi"),
                              {"--config", config().string()},
                              {},
                              listening.fd()});
  }

  /// The same, started by a shell that has done something before.
  std::unique_ptr<ChildProcess> serve_after(const std::string& commands,
                                            const ListeningSocket& listening) const {
    const std::string command = commands + "; exec '" +
                                test::built_program("hookspool.fcgi").string() + "' --config '" +
                                config().string() + "'";
    return std::make_unique<ChildProcess>(
        ChildProcess::Command{"/bin/sh", {"-c", command}, {}, listening.fd()});
  }

  int post(FastCgiClient& client, bool keep = false) const {
    const auto answer = client.ask(fastcgi::post(kEvent.size()), kEvent, keep);
    return answer ? answer->status : 0;
  }

  const TemporaryDirectory directory_;
};

TEST_F(ReceiverProgram, HelpsOnRequest) {
  const auto outcome = run({"--help"});

  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* option : {"--config", "--socket", "--listen", "--threads", "--version"}) {
    EXPECT_THAT(outcome.output, HasSubstr(option));
  }
  EXPECT_EQ(outcome.error, "");
}

TEST_F(ReceiverProgram, TellsItsVersion) {
  const auto outcome = run({"--version"});

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, testing::MatchesRegex("hookspool\\.fcgi [0-9]+\\.[0-9]+.*\n"));
}

TEST_F(ReceiverProgram, EndsWith64IfItsCommandLineIsWrong) {
  const std::string config = this->config().string();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--nonsense"},
        {"positional"},
        {"--config"},
        {"--threads", "0"},
        {"--threads", "257"},
        {"--threads", "-1"},
        {"--threads", "two"},
        {"--socket", "/tmp/x", "--listen", "127.0.0.1:9000"},
        {"--config", config},
        {"--config", config, "--listen", "0.0.0.0:9000"},
        {"--config", config, "--listen", "localhost:9000"},
        {"--config", config, "--socket", std::string(200, 'x')}}) {
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 64) << arguments.back();
    EXPECT_NE(outcome.error, "") << arguments.back();
    EXPECT_EQ(outcome.output, "") << arguments.back();
  }
}

TEST_F(ReceiverProgram, EndsWith78IfItsConfigurationIsWrong) {
  const std::string missing = (directory_ / "missing.toml").string();
  EXPECT_EQ(run({"--config", missing, "--socket", socket()}).exit_code, 78);
  for (const char* text : {"", "[receiver", "[receiver]\nspool = \"x\"\n",
                           "[receiver]\nspool = \"x\"\nverify_token = \"t\"\ncolour = 1\n",
                           "[receiver]\nspool = \"x\"\nverify_token_file = \"/no/such/file\"\n"}) {
    write_config(text);
    const auto outcome = run({"--config", config(), "--socket", socket()});
    EXPECT_EQ(outcome.exit_code, 78) << text;
    EXPECT_THAT(outcome.error, StartsWith("hookspool: error: " + config().string())) << text;
  }
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(ReceiverProgram, EndsWith73IfItsSocketCannotBeMade) {
  const ListeningSocket taken = ListeningSocket::at_path(socket());

  EXPECT_EQ(run({"--config", config(), "--socket", socket()}).exit_code, 73);
  EXPECT_EQ(run({"--config", config(), "--socket", directory_ / "missing/socket"}).exit_code, 73);
}

TEST_F(ReceiverProgram, WarnsOfAConfigurationThatEverybodyCanRead) {
  write_config("[receiver]\nspool = \"spool\"\nverify_token = \"t0ken\"\n", 0644);
  const auto outcome = run({"--config", config()});

  EXPECT_THAT(outcome.error, StartsWith("hookspool: warning: everybody"));
  EXPECT_THAT(outcome.error, HasSubstr("chmod"));
  EXPECT_THAT(outcome.error, Not(HasSubstr("t0ken")));
}

TEST_F(ReceiverProgram, ServesTheSocketThatItWasHandedOver) {
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  const auto process = serve(listening);
  FastCgiClient first(socket());
  EXPECT_EQ(post(first, /*keep=*/true), 200);
  EXPECT_EQ(post(first, /*keep=*/true), 200);
  FastCgiClient second(socket());
  EXPECT_EQ(post(second), 200);
}

TEST_F(ReceiverProgram, TakesAListeningSocketForFastCgiWhateverTheEnvironmentSays) {
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  ChildProcess process({test::built_program("hookspool.fcgi"),
                        {"--config", config().string()},
                        {{"REQUEST_METHOD", "GET"}},
                        listening.fd()});
  FastCgiClient client(socket());
  EXPECT_EQ(post(client), 200);
}

/// As a unit of one's own, without StandardInput=socket.
TEST_F(ReceiverProgram, TakesASocketThatSystemdHandsOverAsDescriptor3) {
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  const auto process =
      serve_after("exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1", listening);
  FastCgiClient client(socket());
  EXPECT_EQ(post(client), 200);
}

/// Only the program itself knows when its socket is there.
FastCgiClient connect_when_it_listens(const std::filesystem::path& socket) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (true) {
    try {
      return FastCgiClient(socket);
    } catch (const std::runtime_error&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::yield();
    }
  }
}

TEST_F(ReceiverProgram, OpensASocketOfItsOwnAndRemovesItAtTheEnd) {
  ChildProcess process({test::built_program("hookspool.fcgi"),
                        {"--config", config(), "--socket", socket(), "--threads", "3"},
                        {}});
  FastCgiClient client = connect_when_it_listens(socket());
  EXPECT_EQ(post(client), 200);
  process.send_signal(SIGTERM);

  EXPECT_EQ(process.wait().exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

class ReceiverProgramStop : public ReceiverProgram, public testing::WithParamInterface<int> {};

TEST_P(ReceiverProgramStop, IsPromptAndClean) {
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  // Whoever runs the tests may ignore it, as nohup(1) does.
  ::signal(GetParam(), SIG_DFL);
  const auto process = serve(listening);
  FastCgiClient kept(socket());
  ASSERT_EQ(post(kept, /*keep=*/true), 200);
  FastCgiClient half_open(socket());
  half_open.send(fastcgi::begin({}));
  const auto begin = std::chrono::steady_clock::now();
  process->send_signal(GetParam());
  const auto outcome = process->wait();

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3))
      << "Apache kills after three seconds";
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE(std::filesystem::exists(socket())) << "which whoever handed it over still needs";
}

INSTANTIATE_TEST_SUITE_P(EverySignal, ReceiverProgramStop,
                         testing::Values(SIGTERM, SIGINT, SIGHUP, SIGUSR1));

/// As nohup(1) starts it.
TEST_F(ReceiverProgram, GoesOnAfterASignalThatItWasStartedToIgnore) {
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  const auto process = serve_after("trap '' HUP", listening);
  FastCgiClient client(socket());
  EXPECT_EQ(post(client, /*keep=*/true), 200);
  process->send_signal(SIGHUP);
  EXPECT_EQ(post(client, /*keep=*/true), 200);
  process->send_signal(SIGTERM);
  EXPECT_EQ(process->wait().exit_code, 0);
}

TEST_F(ReceiverProgram, ComesUpWithoutAUsableSpoolAndSaysSo) {
  std::ofstream(directory_ / "spool") << "a file stands where the directory should be";
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  const auto process = serve(listening);
  FastCgiClient client(socket());
  EXPECT_EQ(post(client, /*keep=*/true), 503);
  std::filesystem::remove(directory_ / "spool");
  EXPECT_EQ(post(client, /*keep=*/true), 200);
  process->send_signal(SIGTERM);

  EXPECT_THAT(process->wait().error, HasSubstr("answered with 503 until that is mended"));
}

TEST_F(ReceiverProgram, RefusesEventsAndEndsWhileAProcessDoesNotLetGoOfTheSpoolsLock) {
  const spool::Layout layout(directory_ / "spool");
  spool::Lock lock(spool::real_file_system(), layout);
  std::optional<spool::Lock::Held> held = lock.hold();
  ChildProcess process(
      {test::built_program("hookspool.fcgi"), {"--config", config(), "--socket", socket()}, {}});
  FastCgiClient client = connect_when_it_listens(socket());
  EXPECT_EQ(post(client, /*keep=*/true), 503);
  held.reset();
  EXPECT_EQ(post(client, /*keep=*/true), 200);
  held.emplace(lock.hold());
  process.send_signal(SIGTERM);
  const auto outcome = process.wait();

  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("cannot take the lock " + layout.lock().string()));
}

/// A spool that root made would lock the receiver's user out.
TEST_F(ReceiverProgram, MakesNoSpoolWhenItCannotServe) {
  EXPECT_EQ(run({"--config", config()}).exit_code, static_cast<int>(ExitCode::kUsage));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "spool"));
}

TEST_F(ReceiverProgram, LinksNeitherANetworkClientNorADatabase) {
  ChildProcess process({"ldd", {test::built_program("hookspool.fcgi")}, {}});
  const auto outcome = process.wait();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  ASSERT_THAT(outcome.output, HasSubstr("libfcgi"));
  for (const char* library : {"curl", "soci", "sqlite", "libpq", "mysql", "ssl", "spdlog"}) {
    EXPECT_THAT(outcome.output, Not(HasSubstr(library)));
  }
}

/// What a process has in memory that it may write. Empty if nobody lets us look.
std::string memory_of(pid_t process) {
  const std::string directory = "/proc/" + std::to_string(process);
  std::ifstream maps(directory + "/maps");
  std::ifstream memory(directory + "/mem", std::ios::binary);
  std::string all;
  for (std::string line; memory && std::getline(maps, line);) {
    std::size_t begin = 0;
    std::size_t end = 0;
    char rights[5] = "";
    if (std::sscanf(line.c_str(), "%zx-%zx %4s", &begin, &end, rights) != 3) continue;
    // Stacks of threads are large, and mostly have never been touched.
    if (rights[1] != 'w' || end - begin > 64UL * 1024 * 1024) continue;
    std::string region(end - begin, '\0');
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(region.data(), static_cast<std::streamsize>(region.size()));
    memory.clear();
    all += region;
  }
  return all;
}

TEST_F(ReceiverProgram, KeepsNothingInMemoryOfTheSectionsThatItDoesNotAskFor) {
  const std::string secret = "a-client-secret-of-forty-characters-0123";
  write_config(
      "[receiver]\nspool = \"spool\"\nverify_token = \"a-token-that-it-needs\"\n"
      "[strava]\nclient_id = 1\nclient_secret = \"" +
      secret + "\"\n");
  const ListeningSocket listening = ListeningSocket::at_path(socket());
  const auto process = serve(listening);
  FastCgiClient client(socket());
  ASSERT_EQ(post(client), 200);
  const std::string memory = memory_of(process->pid());
  if (memory.empty()) GTEST_SKIP() << "nobody may look into another process's memory here";

  EXPECT_NE(memory.find("a-token-that-it-needs"), std::string::npos) << "this looks rightly";
  // Where a sanitizer has the memory in its hands, nothing wipes what was freed.
  if (HOOKSPOOL_HAS_SANITIZER == 1) return;
  EXPECT_EQ(memory.find(secret), std::string::npos);
  // The allocator itself writes over the beginning of what was freed.
  EXPECT_EQ(memory.find(secret.substr(16)), std::string::npos) << "nor most of it";
}

}  // namespace
}  // namespace hookspool::receiver
