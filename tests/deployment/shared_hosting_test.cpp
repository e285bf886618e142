// What somebody does who has FTP and cron on a host, and nothing else, as docs/shared-hosting.md
// says it; and by SSH.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "deployment/account_site.h"
#include "deployment/page.h"

namespace hookspool::deployment {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kAuthorize =
    "$HOME/hookspool/hookspoolctl authorize >$HOME/hookspool/authorize.txt 2>&1";
constexpr const char* kSubscribe =
    "$HOME/hookspool/hookspoolctl subscribe >$HOME/hookspool/subscribe.txt 2>&1";
constexpr const char* kUnsubscribe =
    "$HOME/hookspool/hookspoolctl unsubscribe >$HOME/hookspool/unsubscribe.txt 2>&1";
constexpr const char* kFetch = "$HOME/hookspool/hookspool-fetcher --once";

class SharedHosting : public testing::Test {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_bundles();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    site_ = uploaded_bundle();
    site_->open();
    Json::Value switches;
    switches["oauth_callback_domain"] = "www.example.org";
    site_->strava().control("PATCH", "/_sim/switches", switches);
  }

  /// Cron, when the time of a line of the page has come.
  e2e::Program cron(const std::string& line) const {
    EXPECT_THAT(read_file("docs/shared-hosting.md"), HasSubstr(line + "\n"));
    return site_->machine().start(
        as_user("athlete", {"env", "-i", "HOME=/home/athlete", "PATH=/usr/bin:/bin", "sh", "-c",
                            "cd && " + line}),
        "cron.log");
  }
  /// What FTP shows.
  std::string downloaded(const std::string& name) const {
    const std::string path = "/home/athlete/hookspool/" + name;
    return std::filesystem::exists(site_->machine().path(path)) ? site_->machine().read(path) : "";
  }

  /// Sits at the browser, somewhere else.
  void let_agree(std::int64_t athlete) const {
    Json::Value switches;
    switches["oauth_authorize_as"] = Json::Int64(athlete);
    site_->strava().control("PATCH", "/_sim/switches", switches);
    std::filesystem::remove(site_->machine().path("/home/athlete/hookspool/authorize.txt"));
    e2e::Program authorize = cron(kAuthorize);
    std::smatch address;
    std::string text;
    ASSERT_TRUE(e2e::eventually([&] {
      text = downloaded("authorize.txt");
      return std::regex_search(text, address, std::regex(R"(http://\S+/oauth/authorize\?\S+)"));
    })) << text;

    const e2e::HttpAnswer agreed = site_->browse(address.str());
    ASSERT_EQ(agreed.status, 302) << agreed.body;
    EXPECT_EQ(site_->browse(agreed.headers.find("Location")->second).status, 200);
    EXPECT_EQ(cron(kFetch).wait(), 0);

    EXPECT_EQ(authorize.wait(), 0);
    EXPECT_THAT(downloaded("authorize.txt"), HasSubstr("athlete " + std::to_string(athlete)));
  }

  /// What FTP does for the athlete. Two renames that belong together are one step.
  void by_ftp(const std::string& step) const {
    site_->machine().must(as_user("athlete", {"sh", "-ec", "cd /home/athlete\n" + step}));
  }

  std::unique_ptr<Site> site_;
};

TEST_F(SharedHosting, AuthorizesTwoAthletesAndSubscribesByFtpAndCron) {
  constexpr std::int64_t kAnother = 227'615;
  // Cron was there first.
  EXPECT_EQ(cron(kFetch).wait(), 0);
  let_agree(e2e::Strava::kAthlete);
  EXPECT_EQ(cron(kSubscribe).wait(), 0) << downloaded("subscribe.txt");
  const std::int64_t first = site_->strava().create_activity();
  site_->strava().wait_for_deliveries();
  EXPECT_EQ(cron(kFetch).wait(), 0);

  let_agree(kAnother);
  Json::Value of_another;
  of_another["athlete_id"] = Json::Int64(kAnother);
  const std::int64_t second =
      site_->strava().control("POST", "/_sim/activities", of_another)["id"].asInt64();
  site_->strava().wait_for_deliveries();
  EXPECT_EQ(cron(kFetch).wait(), 0);

  EXPECT_EQ(site_->stored(), (std::set<std::int64_t>{first, second}));
}

/// On some hosts all accounts have one group, which the spool is made for.
TEST_F(SharedHosting, ShowsNobodyOfTheSameGroupTheSpool) {
  EXPECT_EQ(cron(kSubscribe).wait(), 0) << downloaded("subscribe.txt");
  site_->machine().must({"useradd", "--gid", "athlete", "neighbour"});
  EXPECT_EQ(site_->post(1), 200);
  const auto listed_by = [&](const std::string& user) {
    return site_->machine().run({"setpriv", "--reuid=" + user, "--regid=athlete", "--init-groups",
                                 "ls", "/home/athlete/hookspool-data/spool"});
  };
  EXPECT_THAT(listed_by("athlete").output, HasSubstr("current\n"));
  EXPECT_THAT(listed_by("neighbour").errors, HasSubstr("Permission denied"));
}

/// A person takes minutes for it, and events come meanwhile.
TEST_F(SharedHosting, IsUpgradedAndUnsubscribedByFtpAndCron) {
  EXPECT_EQ(cron(kSubscribe).wait(), 0) << downloaded("subscribe.txt");
  std::int64_t activity = 0;
  for (const char* step :
       {"mkdir new && tar xf hookspool.tar.gz -C new && mv new/hookspool hookspool.new",
        "install -m 600 hookspool/hookspool.toml hookspool.new/",
        "install -m 600 hookspool/client-secret hookspool.new/",
        "install -m 600 hookspool/verify-token hookspool.new/",
        "mv hookspool hookspool.old && mv hookspool.new hookspool",
        "install -m 755 hookspool/hookspool.fcgi public_html/strava/hookspool.fcgi.new",
        "cd public_html/strava && mv hookspool.fcgi hookspool.fcgi.old\n"
        "mv hookspool.fcgi.new hookspool.fcgi",
        "rm -r hookspool.old public_html/strava/hookspool.fcgi.old"}) {
    by_ftp(step);
    EXPECT_EQ(site_->post(++activity), 200) << step;
  }
  EXPECT_EQ(cron(kFetch).wait(), 0);
  EXPECT_EQ(cron(kUnsubscribe).wait(), 0);
  EXPECT_THAT(downloaded("unsubscribe.txt"), HasSubstr("removed"));
}

/// mod_fcgid keeps up to three for good, and does not look whether their program is still the same.
TEST(SharedHostingBySsh, LeavesNoReceiverOfTheOldArchiveToModFcgid) {
  const std::string obstacle = obstacle_to_bundles();
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  const std::unique_ptr<Site> site = fcgid_bundle();
  site->open();
  const std::vector<pid_t> old = Site::receivers();
  ASSERT_THAT(old, Not(IsEmpty()));

  const std::string lines =
      code_in("docs/shared-hosting.md",
              "cp --remove-destination hookspool/hookspool.fcgi public_html/strava/");
  site->machine().must(as_user("athlete", {"env", "HOME=/home/athlete", "USER=athlete", "sh", "-ec",
                                           "cd\ntar xf hookspool.tar.gz\n" + lines}));

  EXPECT_TRUE(Site::end_soon(old));
  EXPECT_TRUE(e2e::eventually([&] { return site->request("GET").status == 200; }));
  EXPECT_THAT(Site::receivers(), Not(IsEmpty()));
}

}  // namespace
}  // namespace hookspool::deployment
