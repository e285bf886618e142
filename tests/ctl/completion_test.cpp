// hookspoolctl completion, in a real bash

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"

namespace hookspool::ctl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class HookspoolctlCompletionTest : public HookspoolctlTest {
 protected:
  HookspoolctlCompletionTest() { write(directory_ / "completion", run({"completion"}).output); }

  /// What bash offers for the last of the words.
  std::vector<std::string> offered(const std::vector<std::string>& words) {
    std::string script = "set -eu; source \"$1\"; COMP_WORDS=(hookspoolctl";
    for (const std::string& word : words) script += " '" + word + "'";
    script += "); COMP_CWORD=" + std::to_string(words.size()) +
              "; _hookspoolctl; [ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"";
    const ProgramRun bash =
        test::run_program({"/bin/bash", "-c", script, "bash", directory_ / "completion"});
    EXPECT_EQ(bash.exit_code, 0) << bash.errors;
    std::vector<std::string> all;
    std::istringstream lines(bash.output);
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    return all;
  }
};

TEST_F(HookspoolctlCompletionTest, OffersCommands) {
  EXPECT_THAT(offered({"ath"}), ElementsAre("athlete", "athletes"));
  EXPECT_THAT(offered({"athlete", ""}), Contains("remove"));
  EXPECT_THAT(offered({"nonsense", ""}), IsEmpty());
}

TEST_F(HookspoolctlCompletionTest, OffersTheOptionsOfTheCommand) {
  EXPECT_THAT(offered({"subscribe", "--re"}), ElementsAre("--replace"));
  EXPECT_THAT(offered({"athlete", "add", "--c"}), ElementsAre("--code", "--code-file"));
  EXPECT_THAT(offered({"--config", "x.toml", "list", "--"}), Contains("--limit"));
  EXPECT_THAT(offered({"list", "--"}), Not(Contains("--replace")));
}

TEST_F(HookspoolctlCompletionTest, OffersTheKindsOfATest) {
  EXPECT_THAT(offered({"send-test", "d"}), ElementsAre("delete", "deauthorize"));
}

TEST_F(HookspoolctlCompletionTest, OffersFilesWhereAFileIsWanted) {
  EXPECT_THAT(offered({"athlete", "add", "--code-file", directory_.path().string() + "/hooksp"}),
              Contains(directory_ / "hookspool.toml"));
}

}  // namespace
}  // namespace hookspool::ctl
