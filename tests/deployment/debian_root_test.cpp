// scripts/debian-root, with nothing to be downloaded.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "e2e/program.h"
#include "support/temporary_directory.h"

namespace hookspool::deployment {
namespace {

class DebianRoot : public testing::Test {
 protected:
  DebianRoot() {
    stand_in("apt-get", "echo 'http://deb.example.org/debian/|bookworm'");
    stand_in("debootstrap", "mkdir -p \"$3/usr/sbin\" && echo made >>\"$3.made\"");
    stand_in("chroot", "");
  }

  void make(const std::vector<std::string>& dependencies) const {
    std::vector<std::string> command{"env",
                                     "PATH=" + tools_.string() + ":/usr/sbin:/usr/bin:/sbin:/bin",
                                     "scripts/debian-root", "bookworm", root_};
    command.insert(command.end(), dependencies.begin(), dependencies.end());
    const e2e::Finished finished = e2e::run(command);
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  }
  /// How often it has been made.
  std::size_t times() const { return read_file(root_.string() + ".made").size() / 5; }

 private:
  void stand_in(const std::string& name, const std::string& script) const {
    std::filesystem::create_directories(tools_);
    std::ofstream(tools_ / name) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(tools_ / name, std::filesystem::perms(0755));
  }

  const test::TemporaryDirectory directory_;
  const std::filesystem::path tools_ = directory_ / "tools";
  const std::filesystem::path root_ = directory_ / "root";
};

TEST_F(DebianRoot, IsMadeAgainForAnotherDependencyOnly) {
  make({"nginx-light", "libfcgi0ldbl"});
  make({"nginx-light", "libfcgi0ldbl"});
  EXPECT_EQ(times(), 1U);
  make({"nginx-light", "libfcgi0ldbl", "libseccomp2"});
  EXPECT_EQ(times(), 2U);
}

}  // namespace
}  // namespace hookspool::deployment
