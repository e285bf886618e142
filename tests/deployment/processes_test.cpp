// Many processes on one spool.

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "deployment/namespaces.h"
#include "deployment/system_sites.h"
#include "e2e/load.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"

namespace hookspool::deployment {
namespace {

/// Posts to a site from many threads at once, events from `first` on; whose were acknowledged.
class Crowd {
 public:
  Crowd(const Site& site, int threads, int posts_each, std::int64_t first = 0) {
    for (int thread = 0; thread < threads; ++thread) {
      threads_.emplace_back([this, &site, thread, posts_each, first] {
        for (int i = 0; i < posts_each; ++i) {
          const std::int64_t id = first + 10'000 * (thread + 1) + i;
          if (site.post(id) != 200) continue;
          const std::lock_guard guard(mutex_);
          acknowledged_.insert(id);
        }
      });
    }
  }
  std::set<std::int64_t> wait() {
    threads_.clear();
    return acknowledged_;
  }

 private:
  std::mutex mutex_;
  std::set<std::int64_t> acknowledged_;
  std::vector<std::jthread> threads_;
};

class ManyProcesses : public testing::Test {
 protected:
  void SetUp() override {
    // The test cannot be made where it would change the machine that it runs on.
    if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  }
};

TEST_F(ManyProcesses, TwentyOfModFcgidWriteOneSpool) {
  const auto site = apache_fcgid_site();
  // By itself mod_fcgid starts ten at once and two more a second.
  site->machine().write("/etc/apache2/conf-enabled/hurry.conf", "FcgidSpawnScoreUpLimit 1000\n");
  site->set_up();
  constexpr std::size_t kProcesses = 20;  // as many as apache/hookspool-fcgid.conf allows
  const spool::Layout layout(site->spool());
  std::optional<Crowd> crowd;
  {
    // While nobody can write, each request keeps a process of its own busy, and is refused.
    spool::Lock lock(spool::real_file_system(), layout);
    const spool::Lock::Held held = lock.hold();
    crowd.emplace(*site, 40, 25);
    EXPECT_TRUE(e2e::eventually([] { return Site::receivers().size() >= kProcesses; }));
  }
  auto acknowledged = crowd->wait();
  auto by_all_processes = Crowd(*site, 40, 25, 1'000'000).wait();
  EXPECT_GT(by_all_processes.size(), 900U);
  acknowledged.merge(by_all_processes);
  e2e::expect_no_loss(acknowledged, site->spool());
}

TEST_F(ManyProcesses, FiftyConcurrentCgiRequestsWriteOneSpool) {
  const auto site = apache_cgi_site();
  site->set_up();
  const auto acknowledged = Crowd(*site, 50, 6).wait();
  EXPECT_EQ(acknowledged.size(), 300U);
  e2e::expect_no_loss(acknowledged, site->spool());
}

}  // namespace
}  // namespace hookspool::deployment
