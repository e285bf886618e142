// systemd's own opinion of the units.

#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/program.h"

namespace hookspool::deployment {
namespace {

class Unit : public testing::TestWithParam<const char*> {};

TEST_P(Unit, IsExposedNoMoreThanTwo) {
  // In tenths; what is above makes it fail.
  const e2e::Finished judged =
      e2e::run({"systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20",
                std::filesystem::absolute(GetParam())});
  EXPECT_EQ(judged.exit_code, 0) << judged.output << judged.errors;
}

INSTANTIATE_TEST_SUITE_P(Each, Unit,
                         testing::Values("systemd/hookspool-receiver.service",
                                         "systemd/hookspool-fetcher.service",
                                         "systemd/hookspool-fetch.service"),
                         [](const auto& unit) {
                           std::string name = std::filesystem::path(unit.param).stem();
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace hookspool::deployment
