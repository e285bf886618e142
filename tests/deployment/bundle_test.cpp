// The bundle's programs, found and started as a host does it, without a web server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

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
  constexpr int kStarts = 50;
  std::filesystem::create_directories(home_ / "public_html");
  const std::filesystem::path program = home_ / "public_html/hookspool.fcgi";
  std::filesystem::copy_file(home_ / "hookspool/hookspool.fcgi", program);
  std::vector<double> milliseconds;
  for (int i = 1; i <= kStarts; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(post(program, i).output, HasSubstr("Status: 200"));
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  EXPECT_EQ(kept().size(), static_cast<std::size_t>(kStarts));
  std::sort(milliseconds.begin(), milliseconds.end());
  std::cout << "figure: the bundle's receiver as CGI, from its start to its end: "
            << milliseconds[kStarts / 2] << " ms (median of " << kStarts << ")\n";
}

}  // namespace
}  // namespace hookspool::deployment
