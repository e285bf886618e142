// Every way to deploy it that docs/deployment.md names, with the real servers and the very files
// that the repository ships.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/file_content.h"
#include "deployment/site.h"
#include "e2e/load.h"

namespace hookspool::deployment {
namespace {

using e2e::HttpAnswer;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

class Deployment : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    const std::string obstacle = GetParam().obstacle();
    // The test cannot be made where it would change the machine that it runs on.
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    site_ = GetParam().make();
    site_->set_up();
  }

  e2e::Load load(int threads) {
    return {[this](std::int64_t id) { return site_->post(id); }, threads};
  }
  std::string verify_token() const {
    const auto system = site_->machine().path("/etc/hookspool/verify-token");
    const auto own = site_->machine().path("/home/athlete/.config/hookspool/verify-token");
    std::string token = read_file(std::filesystem::exists(system) ? system : own);
    token.pop_back();
    return token;
  }

  std::unique_ptr<Site> site_;
};

TEST_P(Deployment, AnswersAsTheReceiverDoes) {
  const std::string validation =
      "hub.mode=subscribe&hub.challenge=15f7d1a91c1f40f8a748fd134752feb3&hub.verify_token=";
  const HttpAnswer echo = site_->request("GET", validation + verify_token());
  EXPECT_EQ(echo.status, 200);
  EXPECT_EQ(echo.body, R"({"hub.challenge":"15f7d1a91c1f40f8a748fd134752feb3"})");
  EXPECT_THAT(echo.headers, Contains(Pair("Content-Type", HasSubstr("application/json"))));
  EXPECT_EQ(site_->request("GET", validation + "wrong").status, 403);
  EXPECT_EQ(site_->request("POST", "", std::string(1'000'000, ' ')).status, 413);
  EXPECT_EQ(site_->request("PUT", "", "{}").status, 405);
  EXPECT_EQ(site_->request("DELETE").status, 405);
  EXPECT_EQ(site_->request("POST", "", "{\"object_type\":").status, 400);
  EXPECT_EQ(site_->post(1), 200);
}

/// Without a length a web server in front has to find one, or pass none on.
TEST_P(Deployment, TakesABodyInChunks) {
  EXPECT_EQ(site_->post_in_chunks(site_->create_event(1)), 200);
  EXPECT_EQ(e2e::spooled(site_->spool()), std::set<std::int64_t>{1});
  EXPECT_EQ(site_->post_in_chunks(std::string(site_->longest_in_chunks(), ' ')), 413);
}

TEST_P(Deployment, StoresWhatStravaTellsOfAndPassesTheDoctor) {
  const std::int64_t id = site_->strava().create_activity();
  site_->strava().wait_for_deliveries();
  const e2e::Finished fetched = site_->fetch();
  EXPECT_EQ(fetched.exit_code, 0) << fetched.errors;
  EXPECT_THAT(site_->stored(), testing::ElementsAre(id));

  const e2e::Finished doctor = site_->doctor();
  EXPECT_EQ(doctor.exit_code, site_->good_health()) << doctor.output << doctor.errors;
}

TEST_P(Deployment, KeepsTheVerifyTokenOutOfTheLogs) {
  const std::string token = verify_token();
  const std::string validation = "hub.mode=subscribe&hub.challenge=c&hub.verify_token=" + token;
  const std::string url = site_->callback_url();
  const std::string path = url.substr(url.find("/strava"));
  const std::size_t before = site_->log_lines(path);
  EXPECT_EQ(site_->request("GET", validation).status, 200);
  // What fails is logged elsewhere, and with more words.
  site_->lose_receivers();
  EXPECT_NE(site_->request("GET", validation).status, 200);
  // Else there would be nothing that the token is kept out of.
  EXPECT_TRUE(e2e::eventually([&] { return site_->log_lines(path) > before; }));
  site_->kill_web_server();
  EXPECT_EQ(site_->log_lines(token, site_->logs_of_the_host()), 0U);
}

TEST_P(Deployment, LogsWhyAnEventIsRefused) {
  std::filesystem::permissions(site_->spool(), std::filesystem::perms::none);
  EXPECT_EQ(site_->post(1), 503);
  // What the web server shows on a terminal is nowhere when it is a service.
  EXPECT_TRUE(e2e::eventually(
      [&] { return site_->log_lines("hookspool: error: cannot ", {"web-server.log"}) > 0; }));
  std::filesystem::permissions(site_->spool(), std::filesystem::perms::all);
  EXPECT_EQ(site_->post(2), 200);
}

TEST_P(Deployment, KeepsEachOfTwoHundredConcurrentPosts) {
  constexpr int kPosts = 200;
  std::vector<std::atomic<int>> statuses(kPosts);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPosts; ++i) {
      threads.emplace_back(
          [&, i] { statuses[static_cast<std::size_t>(i)] = site_->post(1000 + i); });
    }
  }
  std::set<std::int64_t> acknowledged;
  for (int i = 0; i < kPosts; ++i) {
    if (statuses[static_cast<std::size_t>(i)] == 200) acknowledged.insert(1000 + i);
  }
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kPosts));
  e2e::expect_no_loss(acknowledged, site_->spool());
}

TEST_P(Deployment, LosesNothingWhileTheWebServerReloads) {
  e2e::Load posts = load(6);
  for (int round = 0; round < 3; ++round) {
    posts.wait_for_more(30);
    site_->reload_web_server();
  }
  posts.wait_for_more(30);
  e2e::expect_no_loss(posts.stop(), site_->spool());
}

TEST_P(Deployment, LosesNothingWhileTheWebServerIsKilled) {
  e2e::Load posts = load(6);
  for (int round = 0; round < 3; ++round) {
    posts.wait_for_more(30);
    site_->kill_web_server();
    site_->start_web_server();
  }
  posts.wait_for_more(30);
  e2e::expect_no_loss(posts.stop(), site_->spool());
}

TEST_P(Deployment, LosesNothingWhileReceiversComeAndGo) {
  e2e::Load posts = load(6);
  for (int round = 0; round < 3; ++round) {
    posts.wait_for_more(30);
    site_->end_receivers();
  }
  posts.wait_for_more(30);
  e2e::expect_no_loss(posts.stop(), site_->spool());
}

INSTANTIATE_TEST_SUITE_P(Each, Deployment, testing::ValuesIn(ways()),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace hookspool::deployment
