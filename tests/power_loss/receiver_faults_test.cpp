// hookspool.fcgi as it was built, with system calls that fail for a while.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "e2e/program.h"
#include "event/event.h"
#include "fetcher/spooled_events.h"
#include "power_loss/restart.h"
#include "power_loss/watched_program.h"
#include "receiver/listening_socket.h"
#include "spool/reader.h"
#include "support/fastcgi_client.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::power_loss {
namespace {

enum class Protocol { kFastCgi, kCgi };

struct Fault {
  const char* name;
  const char* rules;  ///< "@" stands for the option that makes them end
  bool is_survived;   ///< the event is kept all the same
  bool in_new_segment = false;
};

const Fault kFdatasyncFault{"EioOnFdatasync", "fdatasync:EIO:path=/current@", false};

const std::vector<Fault> kFaults{
    {"EioOnWrite", "write:EIO:path=/current@", false},
    kFdatasyncFault,
    {"ShortWrites", "write:SHORT:path=/current@", true},
    {"InterruptedWrites", "write:EINTR:path=/current:times=3@", true},
    {"DiskFullInTheMiddleOfAWrite",
     "write:SHORT:path=/current:times=1@ write:ENOSPC:path=/current@", false},
    {"DiskFullThatCannotBeUndone",
     "write:SHORT:path=/current:times=1@ write:ENOSPC:path=/current@ truncate:EIO@", false},
    {"Quota", "write:EDQUOT:path=/current@", false},
    {"FileSizeLimit", "write:EFBIG:path=/current@", false},
    {"ReadOnly", "any:EROFS@", false},
    {"ReadOnlyWithANewSegment", "any:EROFS@", false, true},
    {"NoDescriptorsForANewSegment", "open:EMFILE:path=/current@", false, true},
    {"NoDescriptorsForTheSystem", "open:ENFILE:path=/current@", false, true},
    {"DiskFullForANewSegment", "open:ENOSPC:path=/current@", false, true},
    {"EioOnTheSyncOfANewSegmentsEntry", "fsync:EIO@", false, true},
};

std::string rules_while(std::string rules, const std::filesystem::path& flag) {
  for (std::size_t at = 0; (at = rules.find('@', at)) != std::string::npos;) {
    rules.replace(at, 1, ":while=" + flag.string());
  }
  return rules;
}

class ReceiverFault : public testing::TestWithParam<std::tuple<Protocol, Fault>> {
 protected:
  ReceiverFault() {
    std::filesystem::create_directory(directory_ / "disk");
    write_configuration(directory_ / "hookspool.toml", directory_ / "disk");
  }

  /// Serves FastCGI with those faults.
  void start(const Watch& watch, const std::vector<std::string>& prefix = {}) {
    std::vector<std::string> command = prefix;
    for (const char* argument : {"", "--config"}) command.emplace_back(argument);
    command[prefix.size()] = test::built_program("hookspool.fcgi");
    command.emplace_back(directory_ / "hookspool.toml");
    receiver_.emplace(watched(watch, command), directory_ / "log", listening_.fd());
  }

  /// The status of the answer; 0 for none.
  int post(std::int64_t id) {
    const std::string body = test::event_body("activity", id, "create", event_time_);
    if (std::get<Protocol>(GetParam()) == Protocol::kCgi) return post_by_cgi(body);
    test::FastCgiClient client(directory_ / "socket");
    const auto answer = client.ask(test::fastcgi::post(body.size()), body);
    return answer ? answer->status : 0;
  }

  void seal() { spool::Reader(layout_.root(), spool::real_file_system(), clock_).seal(); }

  /// How often each event is in the spool.
  std::map<std::int64_t, int> spooled() {
    spool::Reader reader(layout_.root(), spool::real_file_system(), clock_);
    reader.seal();
    std::map<std::int64_t, int> events;
    for (const auto& segment : reader.sealed_segments()) {
      reader.read(segment, 100, [&](const std::vector<spool::Record>& batch) {
        for (const spool::Record& record : batch) {
          ++events[std::get<event::Event>(event::parse(record.body)).object_id];
        }
      });
    }
    return events;
  }

  Watch watch() const {
    return {directory_ / "disk", {}, rules_while(std::get<Fault>(GetParam()).rules, flag_)};
  }

  // In memory, where the many syncs cost nothing.
  test::TemporaryDirectory directory_{"/dev/shm"};
  std::filesystem::path flag_ = directory_ / "faults-last";
  spool::Layout layout_{directory_ / "disk/spool"};
  SystemClock clock_;
  std::chrono::sys_seconds event_time_ = std::chrono::floor<std::chrono::seconds>(clock_.now());

 private:
  int post_by_cgi(const std::string& body) const {
    auto environment = environment_of(watch());
    environment["REQUEST_METHOD"] = "POST";
    environment["CONTENT_LENGTH"] = std::to_string(body.size());
    environment["HOOKSPOOL_CONFIG"] = directory_ / "hookspool.toml";
    const std::string answer =
        test::run_program({test::built_program("hookspool.fcgi")}, body, environment).output;
    constexpr std::string_view kStatus = "Status: ";
    return answer.starts_with(kStatus) ? std::stoi(answer.substr(kStatus.size())) : 0;
  }

  receiver::ListeningSocket listening_ = receiver::ListeningSocket::at_path(directory_ / "socket");
  std::optional<e2e::Program> receiver_;
};

TEST_P(ReceiverFault, IsAnsweredWith503AndARepetitionIsKept) {
  const Fault& fault = std::get<Fault>(GetParam());
  if (std::get<Protocol>(GetParam()) == Protocol::kFastCgi) start(watch());
  ASSERT_EQ(post(1), 200);

  std::ofstream(flag_).close();
  for (const std::int64_t id : {2, 3, 4}) {
    if (fault.in_new_segment) seal();
    EXPECT_EQ(post(id), fault.is_survived ? 200 : 503) << id;
  }
  std::filesystem::remove(flag_);
  for (const std::int64_t id : {2, 3, 4, 5}) EXPECT_EQ(post(id), 200) << id;

  const auto events = spooled();
  for (const std::int64_t id : {1, 2, 3, 4, 5}) EXPECT_TRUE(events.contains(id)) << id;
}

INSTANTIATE_TEST_SUITE_P(EveryFault, ReceiverFault,
                         testing::Combine(testing::Values(Protocol::kFastCgi, Protocol::kCgi),
                                          testing::ValuesIn(kFaults)),
                         [](const auto& info) {
                           const bool cgi = std::get<Protocol>(info.param) == Protocol::kCgi;
                           return std::string(cgi ? "Cgi" : "FastCgi") +
                                  std::get<Fault>(info.param).name;
                         });

using FdatasyncFault = ReceiverFault;

/// The segment after which it failed is never written to again: a later fdatasync of it says
/// nothing.
TEST_P(FdatasyncFault, MakesItBeginANewSegment) {
  if (std::get<Protocol>(GetParam()) == Protocol::kFastCgi) start(watch());
  ASSERT_EQ(post(1), 200);
  struct stat before {};
  ASSERT_EQ(::stat(layout_.current().c_str(), &before), 0);
  std::ofstream(flag_).close();
  ASSERT_EQ(post(2), 503);
  std::filesystem::remove(flag_);
  ASSERT_EQ(post(3), 200);

  struct stat after {};
  ASSERT_EQ(::stat(layout_.current().c_str(), &after), 0);
  EXPECT_NE(after.st_ino, before.st_ino);
}

INSTANTIATE_TEST_SUITE_P(OfTheSegment, FdatasyncFault,
                         testing::Combine(testing::Values(Protocol::kFastCgi, Protocol::kCgi),
                                          testing::Values(kFdatasyncFault)),
                         [](const auto& info) {
                           return std::get<Protocol>(info.param) == Protocol::kCgi ? "Cgi"
                                                                                   : "FastCgi";
                         });

using ReceiverLimit = ReceiverFault;

/// The limit of the process, which sends a signal that ends whoever does not expect it.
TEST_P(ReceiverLimit, OfFileSizeIsAnsweredWith503UntilTheSegmentIsSealed) {
  start({directory_ / "disk"}, {"prlimit", "--fsize=4096"});
  constexpr std::int64_t kMore = 50;
  std::int64_t refused = 1;
  std::set<std::int64_t> kept;
  for (; refused < kMore && post(refused) == 200; ++refused) kept.insert(refused);
  ASSERT_GT(refused, 5);
  ASSERT_LT(refused, kMore);
  EXPECT_EQ(post(refused), 503);
  seal();

  EXPECT_EQ(post(refused), 200);

  kept.insert(refused);
  const auto events = spooled();
  for (const std::int64_t id : kept) EXPECT_TRUE(events.contains(id)) << id;
}

INSTANTIATE_TEST_SUITE_P(InEarnest, ReceiverLimit,
                         testing::Values(std::tuple(Protocol::kFastCgi, Fault{"", "", true})),
                         [](const auto&) { return "FastCgi"; });

}  // namespace
}  // namespace hookspool::power_loss
