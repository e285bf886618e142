// mod_fcgid's own way to end receivers.

#include <gtest/gtest.h>

#include "deployment/namespaces.h"
#include "deployment/system_sites.h"
#include "e2e/load.h"

namespace hookspool::deployment {
namespace {

/// As shipped, one receiver is kept for good and others for five minutes; here each for a second.
TEST(Fcgid, LosesNothingWhenItEndsAReceiverThatIsIdle) {
  if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  const std::unique_ptr<Site> site = apache_fcgid_site();
  site->set_up();
  const std::string configuration = "/etc/apache2/hookspool.conf";
  site->machine().write("/etc/apache2/conf-enabled/idle.conf",
                        "FcgidIdleTimeout 1\nFcgidIdleScanInterval 1\n");
  std::string text = site->machine().read(configuration);
  const std::string shipped = "FcgidMinProcessesPerClass 1";
  text.replace(text.find(shipped), shipped.size(), "FcgidMinProcessesPerClass 0");
  site->machine().write(configuration, text);
  site->reload_web_server();

  for (const std::int64_t activity : {1, 2, 3}) {
    EXPECT_TRUE(e2e::eventually([] { return Site::receivers().empty(); }));
    EXPECT_EQ(site->post(activity), 200);
  }
  EXPECT_EQ(e2e::spooled(site->spool()), (std::set<std::int64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace hookspool::deployment
