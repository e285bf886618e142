// The bundle's programs, found and started as a host does it, without a web server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "base/sanitizer.h"
#include "e2e/load.h"
#include "e2e/program.h"
#include "e2e/strava.h"
#include "support/temporary_directory.h"

namespace hookspool::deployment {
namespace {

using testing::HasSubstr;

/// An account with the bundle at home, and a web space that is not below that.
class Bundle : public testing::Test {
 protected:
  Bundle() {
    std::filesystem::create_directories(home_);
    std::filesystem::create_directories(web_space_);
    unpack_into(home_);
    configure(home_ / "hookspool");
  }

  static void unpack_into(const std::filesystem::path& directory) {
    const e2e::Finished unpacked = e2e::run(
        {"tar", "--extract", "--no-same-owner", "--file", e2e::built_bundle(), "-C", directory});
    ASSERT_EQ(unpacked.exit_code, 0) << unpacked.errors;
  }
  void configure(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(spool());
    std::ofstream(folder / "hookspool.toml")
        << "[receiver]\nspool = \"" << spool().string() << "\"\nverify_token = \"token\"\n";
    std::filesystem::permissions(folder / "hookspool.toml", std::filesystem::perms(0600));
  }
  std::filesystem::path spool() const { return directory_ / "spool"; }

  /// A copy of the program in the web space.
  std::filesystem::path upload(const std::string& name) const {
    std::filesystem::path program = web_space_ / name;
    std::filesystem::copy_file(home_ / "hookspool/hookspool.fcgi", program);
    return program;
  }
  /// As a web server starts it for an event; without a home directory as suexec does.
  e2e::Finished post(const std::filesystem::path& program, std::int64_t activity,
                     const std::string& home = "") const {
    const std::string body = e2e::event_body(activity, "create", 1'790'000'000, 1);
    return e2e::run({"env", "-i", "PATH=/usr/bin:/bin", home.empty() ? "LANG=C" : "HOME=" + home,
                     "REQUEST_METHOD=POST", "CONTENT_TYPE=application/json",
                     "CONTENT_LENGTH=" + std::to_string(body.size()), program},
                    body);
  }
  std::set<std::int64_t> kept() const { return e2e::spooled(spool()); }

  const test::TemporaryDirectory directory_;
  const std::filesystem::path home_ = directory_ / "home/athlete";
  const std::filesystem::path web_space_ = directory_ / "srv/www/strava";
};

TEST_F(Bundle, IsFoundAtHomeByAProgramThatIsElsewhere) {
  EXPECT_THAT(post(upload("hookspool.fcgi"), 1, home_).output, HasSubstr("Status: 200"));
  EXPECT_EQ(kept(), std::set<std::int64_t>{1});
}

TEST_F(Bundle, TakesAnyNameThatAHostRuns) {
  EXPECT_THAT(post(upload("hookspool.cgi"), 1, home_).output, HasSubstr("Status: 200"));
  EXPECT_EQ(kept(), std::set<std::int64_t>{1});
}

TEST_F(Bundle, IsFoundWhereAFileBesideTheProgramSays) {
  const std::filesystem::path elsewhere = directory_ / "elsewhere";
  std::filesystem::create_directories(elsewhere);
  std::filesystem::rename(home_ / "hookspool", elsewhere / "programs");
  std::filesystem::copy_file(elsewhere / "programs/hookspool.fcgi", web_space_ / "hookspool.cgi");
  for (const std::string end : {"", "\n", "\r\n"}) {
    std::ofstream(web_space_ / "hookspool.folder") << (elsewhere / "programs").string() << end;
    EXPECT_THAT(post(web_space_ / "hookspool.cgi", 1).output, HasSubstr("Status: 200")) << end;
  }
  std::ofstream(web_space_ / "hookspool.folder") << "/nowhere\n";
  EXPECT_THAT(post(web_space_ / "hookspool.cgi", 1).errors, HasSubstr("names /nowhere"));
}

TEST_F(Bundle, SaysWhatToDoWhereItIsNotFound) {
  const e2e::Finished lost = post(upload("hookspool.fcgi"), 1, "/nonexistent");
  EXPECT_EQ(lost.exit_code, 78);
  EXPECT_THAT(lost.errors, HasSubstr("hookspool.folder"));
}

TEST_F(Bundle, StartsAsCgiForEachEvent) {
  const std::filesystem::path program = upload("hookspool.fcgi");
  for (int i = 1; i <= 3; ++i) {
    EXPECT_THAT(post(program, i, home_).output, HasSubstr("Status: 200"));
  }
  EXPECT_EQ(kept(), (std::set<std::int64_t>{1, 2, 3}));
}

/// Of those that have ended and were waited for.
double processor_milliseconds_of_children() {
  rusage used{};
  EXPECT_EQ(::getrusage(RUSAGE_CHILDREN, &used), 0);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
}

/// The least that any of some starts of a program took, in milliseconds.
struct Least {
  double of_processor = std::numeric_limits<double>::max();
  double in_all = std::numeric_limits<double>::max();

  void start(const std::vector<std::string>& command) {
    const double before = processor_milliseconds_of_children();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(e2e::run(command).exit_code, 0);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begun;
    of_processor = std::min(of_processor, processor_milliseconds_of_children() - before);
    in_all = std::min(in_all, time.count());
  }
};

/// Beside the least that a shell script costs which starts a program; in the processor's time,
/// since any start can take long on a busy machine. A GET leaves the disk out of it.
TEST_F(Bundle, CostsAFewProgramStartsForEachRequest) {
  constexpr int kStarts = 20;
  constexpr double kMostTimes = 4;
  const std::vector<std::string> environment{"env", "-i", "PATH=/usr/bin:/bin",
                                             "REQUEST_METHOD=GET"};
  const auto with = [&environment](const std::vector<std::string>& words) {
    std::vector<std::string> command = environment;
    command.insert(command.end(), words.begin(), words.end());
    return command;
  };
  const auto receiver = with({"HOME=" + home_.string(), upload("hookspool.fcgi")});
  // suexec leaves no $HOME: the folder is found above the web space.
  const std::filesystem::path below_home = home_ / "public_html/strava/hookspool.fcgi";
  std::filesystem::create_directories(below_home.parent_path());
  std::filesystem::copy_file(home_ / "hookspool/hookspool.fcgi", below_home);
  const auto under_suexec = with({below_home});
  const auto script = with({"sh", "-c", "exec true"});
  Least of_receiver;
  Least of_suexec;
  Least of_script;
  for (int i = 0; i < kStarts; ++i) {
    of_receiver.start(receiver);
    of_suexec.start(under_suexec);
    of_script.start(script);
  }
  std::cout << "figure: least of " << kStarts << " starts: the bundle's receiver as CGI answers in "
            << of_receiver.in_all << " ms, without $HOME in " << of_suexec.in_all
            << " ms, a shell script that starts true ends in " << of_script.in_all
            << " ms; they take " << of_receiver.of_processor << ", " << of_suexec.of_processor
            << " and " << of_script.of_processor << " ms of the processor\n";
  RecordProperty("milliseconds", std::to_string(of_receiver.in_all));
  RecordProperty("milliseconds_without_home", std::to_string(of_suexec.in_all));
  RecordProperty("milliseconds_of_a_script", std::to_string(of_script.in_all));
  if (HOOKSPOOL_HAS_SANITIZER) GTEST_SKIP() << "a sanitizer costs more than the program to start";
  EXPECT_LT(of_receiver.of_processor, kMostTimes * of_script.of_processor);
  EXPECT_LT(of_suexec.of_processor, kMostTimes * of_script.of_processor);
}

}  // namespace
}  // namespace hookspool::deployment
