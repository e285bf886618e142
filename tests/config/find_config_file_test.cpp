#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/config_file.h"
#include "support/temporary_directory.h"

namespace hookspool::config {
namespace {

using std::filesystem::path;
using test::TemporaryDirectory;
using testing::HasSubstr;

/// Sets a variable of the environment, or removes it, until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) {
    if (value == nullptr) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, value, 1);
    }
  }

  const char* name_;
  std::optional<std::string> old_;
};

path home_of_the_effective_user() {
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? "" : user->pw_dir;
}

TEST(FindConfigFile, TakesWhatIsGivenBeforeAnythingElse) {
  const Variable variable("HOOKSPOOL_CONFIG", "/from/the/environment.toml");

  EXPECT_EQ(find_config_file("given.toml"), "given.toml");
}

TEST(FindConfigFile, TakesTheEnvironmentNext) {
  const Variable variable("HOOKSPOOL_CONFIG", "/from/the/environment.toml");

  EXPECT_EQ(find_config_file(""), "/from/the/environment.toml")
      << "also if it does not exist: a slip must show";
}

/// Which of the two places exists depends on the machine; the order does not.
TEST(FindConfigFile, LooksInTheUsersHomeAndThenInEtc) {
  const path in_home = home_of_the_effective_user() / ".config/hookspool/hookspool.toml";
  const path in_etc = "/etc/hookspool/hookspool.toml";
  for (const char* value : {static_cast<const char*>(nullptr), ""}) {
    const Variable variable("HOOKSPOOL_CONFIG", value);
    if (std::filesystem::exists(in_home)) {
      EXPECT_EQ(find_config_file(""), in_home);
    } else if (std::filesystem::exists(in_etc)) {
      EXPECT_EQ(find_config_file(""), in_etc);
    } else {
      try {
        find_config_file("");
        FAIL() << "there is none";
      } catch (const ConfigurationError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::kConfiguration);
        EXPECT_THAT(error.what(), HasSubstr(in_home.string() + ", " + in_etc.string()));
        EXPECT_THAT(error.what(), HasSubstr("--config"));
        EXPECT_THAT(error.what(), HasSubstr("HOOKSPOOL_CONFIG"));
      }
    }
  }
}

/// Apache's suexec removes HOME, and a web server's own HOME is not that of the account.
TEST(FindConfigFile, AsksTheUserDatabaseForTheHomeRatherThanTheEnvironment) {
  const TemporaryDirectory elsewhere;
  std::filesystem::create_directories(elsewhere / ".config/hookspool");
  std::ofstream(elsewhere / ".config/hookspool/hookspool.toml") << "[receiver]\n";
  const Variable config("HOOKSPOOL_CONFIG", nullptr);
  const Variable home("HOME", elsewhere.path().c_str());

  try {
    EXPECT_NE(find_config_file(""), elsewhere / ".config/hookspool/hookspool.toml");
  } catch (const ConfigurationError& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr(elsewhere.path().string())));
  }
}

/// A user id that nobody has, as where a directory service is out of reach.
TEST(FindConfigFile, TakesHomeFromTheEnvironmentForAUserWhomTheDatabaseDoesNotKnow) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become such a user";
  constexpr uid_t kNobodyKnows = 1'987'654'321;
  const TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  std::filesystem::create_directories(directory / ".config/hookspool");
  std::ofstream(directory / ".config/hookspool/hookspool.toml") << "[receiver]\n";
  const Variable config("HOOKSPOOL_CONFIG", nullptr);
  const Variable home("HOME", directory.path().c_str());

  ASSERT_EQ(::seteuid(kNobodyKnows), 0);
  EXPECT_EQ(find_config_file(""), directory / ".config/hookspool/hookspool.toml");
  ASSERT_EQ(::seteuid(0), 0);
}

}  // namespace
}  // namespace hookspool::config
