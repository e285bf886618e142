// hookspool.fcgi as a program, with clients that mean it no good. What is promised meanwhile: a
// validation is answered within the two seconds that Strava waits, in little memory.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <iostream>
#include <latch>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/sanitizer.h"
#include "receiver/listening_socket.h"
#include "support/child_process.h"
#include "support/fastcgi_client.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using namespace std::chrono_literals;
using test::FastCgiClient;
using testing::ElementsAre;
using testing::Gt;
using testing::Pair;
namespace fastcgi = test::fastcgi;

constexpr std::size_t kMebibyte = 1024 * 1024;
/// What the sanitizers need is their own. Of large events ThreadSanitizer lets a hundred be read in
/// a second.
#if HOOKSPOOL_HAS_SANITIZER
constexpr std::chrono::seconds kStravaWaits(10);
constexpr std::size_t kMoreThanMayWait = 600;
constexpr std::size_t kMostMemory = 2048 * kMebibyte;
constexpr std::size_t kMostGrowth = 1024 * kMebibyte;
constexpr std::chrono::milliseconds kMostTime(1000);
#else
constexpr std::chrono::seconds kStravaWaits(2);
constexpr std::size_t kMoreThanMayWait = 1200;
constexpr std::size_t kMostMemory = 32 * kMebibyte;
constexpr std::size_t kMostGrowth = kMebibyte;
constexpr std::chrono::milliseconds kMostTime(1);
#endif

const std::string kEvent =
    R"({"aspect_type":"create","event_time":1522986611,"object_id":1491968222,)"
    R"("object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";

/// As many descriptors as the system allows this process and its children.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

class HostileClients : public testing::Test {
 protected:
  static std::filesystem::path configuration_in(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / "hookspool.toml";
    std::ofstream(file) << "[receiver]\nspool = \"spool\"\nverify_token = \"t0ken\"\n";
    ::chmod(file.c_str(), 0600);
    return file;
  }

  std::size_t memory() const {
    std::ifstream status("/proc/" + std::to_string(receiver_.pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(line.find(':') + 1)) * 1024;
    }
    return 0;
  }

  void tell_memory(const std::string& what) const {
    std::cout << "figure: " << what << ": " << memory() / 1024 << " KiB resident at most\n";
  }

  void expect_service() {
    const auto begin = std::chrono::steady_clock::now();
    FastCgiClient strava(socket_);
    const auto answer = strava.ask(
        fastcgi::get("hub.mode=subscribe&hub.verify_token=t0ken&hub.challenge=15f7d1a9"), "");
    if (!answer) {
      receiver_.send_signal(SIGKILL);
      const auto ended = receiver_.wait();
      FAIL() << "no answer; exit code " << ended.exit_code << ": " << ended.error;
    }
    EXPECT_EQ(answer->status, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kStravaWaits);
    EXPECT_LT(memory(), kMostMemory);
    EXPECT_GT(memory(), 0U);
  }

  /// Others send `beginning` and then `piece` over and over, as much as the receiver takes, and
  /// connect again when it ends the connection. There are more of them than threads in the
  /// receiver.
  void expect_service_while_others_send(const std::string& beginning, const std::string& piece) {
    constexpr int kOthers = 8;
    constexpr int kTries = 20;
    std::latch sending(kOthers);
    std::vector<std::jthread> others;
    for (int i = 0; i < kOthers; ++i) {
      others.emplace_back([&](const std::stop_token& stop) {
        for (bool first = true; !stop.stop_requested(); first = false) {
          FastCgiClient client(socket_);
          bool goes_on = client.send(beginning + piece);
          if (first) sending.count_down();
          while (goes_on && !stop.stop_requested()) goes_on = client.send(piece);
        }
      });
    }
    sending.wait();
    for (int i = 0; i < kTries; ++i) {
      ASSERT_NO_FATAL_FAILURE(expect_service());
    }
  }

  /// Many clients send `request`, with an event in it, while the disk takes nothing, and wait for
  /// an answer until the disk takes everything. How often each status was one; 0 is none at all.
  std::map<int, int> post_while_the_disk_takes_nothing(const std::string& what,
                                                       const std::string& request,
                                                       std::size_t count = kMoreThanMayWait) {
    EXPECT_EQ(FastCgiClient(socket_).ask(fastcgi::post(kEvent.size()), kEvent)->status, 200);
    const Descriptor lock(::open((directory_ / "spool/lock").c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::flock(lock.get(), LOCK_EX), 0);
    std::vector<FastCgiClient> clients;
    clients.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      clients.emplace_back(socket_);
      clients.back().send(request);
    }
    expect_service();
    if (HasFatalFailure()) return {};
    EXPECT_EQ(::flock(lock.get(), LOCK_UN), 0);
    std::map<int, int> answers;
    for (FastCgiClient& client : clients) {
      const auto answer = client.receive();
      ++answers[answer ? answer->status : 0];
    }
    expect_service();
    std::cout << "figure: " << what << " while the disk takes none: ";
    for (const auto& [status, times] : answers) std::cout << times << " x " << status << ", ";
    std::cout << memory() / 1024 << " KiB resident at most\n";
    return answers;
  }

  const std::size_t descriptors_ = raise_descriptor_limit();
  test::TemporaryDirectory directory_;
  std::filesystem::path config_ = configuration_in(directory_.path());
  std::filesystem::path socket_ = directory_ / "socket";
  ListeningSocket listening_ = ListeningSocket::at_path(socket_);
  test::ChildProcess receiver_{
      {test::built_program("hookspool.fcgi"), {"--config", config_.string()}, {}, listening_.fd()}};
};

TEST_F(HostileClients, HoldTenThousandConnectionsWithoutHoldingUpStrava) {
  constexpr std::size_t kOthers = 200;
  const std::size_t count = std::min<std::size_t>(10'000, descriptors_ - kOthers);
  const std::string whole = fastcgi::request({}, fastcgi::post(100), std::string(100, '{'));
  const std::string stray = fastcgi::record(fastcgi::kStandardInput, 7, std::string(65'000, 'x'));
  // Nothing at all, a byte, half a record, all but the end, or a large record of no request, alone
  // and where one had begun.
  const std::string beginnings[] = {
      "",    whole.substr(0, 1),         whole.substr(0, 12),
      stray, fastcgi::begin({}) + stray, whole.substr(0, whole.size() - 1)};
  std::vector<FastCgiClient> clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(socket_);
    clients.back().send(beginnings[i % std::size(beginnings)]);
    if (i % 1000 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_service());
    }
  }
  expect_service();
  tell_memory(std::to_string(count) + " half-open connections");
}

TEST_F(HostileClients, SendABodyThatNeverEnds) {
  auto parameters = fastcgi::post(1000);
  parameters["CONTENT_LENGTH"] = "9223372036854775807";
  expect_service_while_others_send(
      fastcgi::begin({}) + fastcgi::parameters(1, parameters),
      fastcgi::record(fastcgi::kStandardInput, 1, std::string(65'000, 'x')));
  tell_memory("bodies that never end");
}

TEST_F(HostileClients, SendRecordsOfNoRequestWithoutEnd) {
  expect_service_while_others_send(
      "", fastcgi::record(fastcgi::kStandardInput, 7, std::string(65'000, 'x')));
}

TEST_F(HostileClients, SendEmptyRecordsOfNoRequestWithoutEnd) {
  std::string records;
  for (int i = 0; i < 1000; ++i) records += fastcgi::record(fastcgi::kStandardInput, 7, "");
  expect_service_while_others_send("", records);
}

TEST_F(HostileClients, SendParametersOfAMegabyte) {
  auto parameters = fastcgi::get("hub.mode=subscribe");
  parameters["HTTP_COOKIE"] = std::string(kMebibyte, 'c');
  std::vector<FastCgiClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(socket_);
    clients.back().send(fastcgi::request({}, parameters));
  }
  expect_service();
  tell_memory("50 requests with a parameter of a megabyte");
}

/// Some are kept, and those that are too many refused; nobody goes without an answer.
const testing::Matcher<std::map<int, int>> kAreKeptOrRefused =
    ElementsAre(Pair(200, Gt(0)), Pair(503, Gt(0)));

TEST_F(HostileClients, PostMoreThanTheDiskTakes) {
  const std::string event = kEvent + std::string(32 * 1024 - kEvent.size(), '\n');
  EXPECT_THAT(post_while_the_disk_takes_nothing(
                  "large events", fastcgi::request({}, fastcgi::post(event.size()), event)),
              kAreKeptOrRefused);
}

TEST_F(HostileClients, SendTheNextEventAheadWhileTheDiskTakesNone) {
  constexpr std::size_t kTakenAtOnce = 16UL * 1024;
  const std::string event = fastcgi::request({.keep = true}, fastcgi::post(kEvent.size()), kEvent);
  const std::string large(2 * kTakenAtOnce, '\n');
  const std::string next = fastcgi::request({.keep = true}, fastcgi::post(large.size()), large);
  // What may not wait for the disk has been answered, and waits for the rest of what comes next.
  EXPECT_THAT(post_while_the_disk_takes_nothing("events with most of the next one",
                                                (event + next).substr(0, kTakenAtOnce),
                                                2 * kMoreThanMayWait),
              kAreKeptOrRefused);
}

/// An event behind the parameters that are in `pairs`.
std::string event_after_parameters(const std::string& pairs) {
  return fastcgi::begin({}) + fastcgi::stream(fastcgi::kParameters, 1, pairs) +
         fastcgi::parameters(1, fastcgi::post(kEvent.size())) +
         fastcgi::stream(fastcgi::kStandardInput, 1, kEvent) +
         fastcgi::record(fastcgi::kStandardInput, 1, "");
}

/// Parameters without a name and a value: two lengths of zero.
std::string empty_parameters(std::size_t count) {
  return std::string(2 * count, '\0');
}

/// What was counted of a parameter were its characters, not the memory that it takes.
TEST_F(HostileClients, PostWithManyEmptyParametersWhileTheDiskTakesNone) {
  EXPECT_THAT(post_while_the_disk_takes_nothing("events with many empty parameters",
                                                event_after_parameters(empty_parameters(900))),
              kAreKeptOrRefused);
}

TEST_F(HostileClients, PostWithAParameterOfNULsWhileTheDiskTakesNone) {
  constexpr std::size_t kLength = 60'000;
  const std::string lengths("\1\x80\0\xEA\x60", 5);
  static_assert(kLength == 0xEA60);
  const std::string pairs = lengths + "n" + std::string(kLength, '\0');
  EXPECT_THAT(post_while_the_disk_takes_nothing("events with a parameter of NULs",
                                                event_after_parameters(pairs)),
              kAreKeptOrRefused);
}

TEST_F(HostileClients, PostWithMoreParametersThanAnybodyHas) {
  EXPECT_THAT(post_while_the_disk_takes_nothing("events with too many parameters",
                                                event_after_parameters(empty_parameters(45'000))),
              ElementsAre(Pair(0, Gt(0))))
      << "their connections are over";
}

std::string repeated(std::size_t times, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string many_members(std::size_t count) {
  std::string body = "{";
  for (std::size_t i = 0; i < count; ++i) body += "\"" + std::to_string(i) + "\":0,";
  return body + "\"0\":0}";
}

std::string nested(std::size_t depth) {
  return R"({"updates":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

struct Nonsense {
  const char* what;
  std::string body;
};

std::vector<Nonsense> nonsense() {
  constexpr std::size_t kLargest = 32 * 1024;
  return {
      {"deeply nested lists", nested(kLargest / 2 - 10)},
      {"a long number", R"({"object_id":)" + std::string(kLargest - 100, '9') + "}"},
      {"a long exponent", R"({"object_id":1e)" + std::string(1000, '9') + "}"},
      {"a member twice", R"({"object_id":1,"object_id":2})"},
      {"ill-formed UTF-8", "{\"updates\":{\"title\":\"\xC3\x28\"}}"},
      {"a NUL", std::string("{\0}", 3)},
      {"a byte order mark", "\xEF\xBB\xBF{}"},
      {"opening braces", std::string(kLargest, '{')},
      {"quotes", std::string(kLargest, '"')},
      {"a list of zeros", R"({"a":[)" + repeated(kLargest / 2 - 10, "0,") + "0]}"},
      {"a list of exponents", R"({"a":[)" + repeated(kLargest / 4 - 10, "1e9,") + "0]}"},
      {"a list of lists", R"({"a":[)" + repeated(kLargest / 3 - 10, "[],") + "0]}"},
      {"many members, one of them twice", many_members(kLargest / 10)},
  };
}

/// What all threads of the process have had of the processors: what else the machine does is not in
/// it.
std::chrono::nanoseconds processor_time_of(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("there is no clock of the receiver");
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

template <typename Value>
Value median(std::vector<Value> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

TEST_F(HostileClients, SendNonsenseThatCostsNeitherTimeNorMemory) {
  const std::vector<Nonsense> all = nonsense();
  constexpr int kRounds = 200;
  std::vector<std::vector<std::chrono::nanoseconds>> spent(all.size());
  const auto post_all = [&](int rounds) {
    FastCgiClient client(socket_);
    for (int i = 0; i < rounds; ++i) {
      for (std::size_t which = 0; which < all.size(); ++which) {
        const std::string& body = all[which].body;
        const auto begin = processor_time_of(receiver_.pid());
        const auto answer = client.ask(fastcgi::post(body.size()), body, /*keep=*/true);
        spent[which].push_back(processor_time_of(receiver_.pid()) - begin);
        ASSERT_TRUE(answer);
        ASSERT_EQ(answer->status, 400) << all[which].what;
      }
    }
  };
  post_all(1);
  const std::size_t before = memory();
  post_all(kRounds);

  EXPECT_LT(memory(), before + kMostGrowth);
  std::map<std::chrono::nanoseconds, const char*> medians;
  for (std::size_t which = 0; which < all.size(); ++which) {
    const auto usual = median(spent[which]);
    medians[usual] = all[which].what;
    EXPECT_LT(usual, kMostTime) << all[which].what;
  }
  const auto [most, slowest] = *medians.rbegin();
  std::cout << "figure: hostile bodies cost " << medians.begin()->first / 1us << " to "
            << most / 1us << " µs of CPU time, medians of " << kRounds << "; the most: " << slowest
            << "\n";
}

}  // namespace
}  // namespace hookspool::receiver
