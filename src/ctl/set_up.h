#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "ctl/diagnosis.h"

namespace hookspool::ctl {

/// As the units in systemd/ have them, and hookspool.tmpfiles, which names three directories for
/// them.
inline constexpr const char* kFetcherUser = "hookspool";
inline constexpr const char* kReceiverUser = "hookspool-receiver";

/// systemd-tmpfiles gives those directories to those users at each boot, unless this file says
/// otherwise: it has the name of the installed one, in whose place it is read.
inline constexpr const char* kTmpfiles = "/etc/tmpfiles.d/hookspool.conf";

/// Everything that `hookspoolctl init` writes down.
struct SetUp {
  std::filesystem::path directory;  ///< of hookspool.toml and the secrets
  std::int64_t client_id = 0;
  Secret client_secret;
  Secret verify_token;
  std::string callback_url;
  std::filesystem::path spool;
  std::filesystem::path database;
  std::string api_url;    ///< empty: Strava's
  std::string oauth_url;  ///< empty: Strava's
  /// As whom the two programs run, where root sets up for others.
  struct Users {
    User fetcher;
    User receiver;  ///< its group is the spool's, and the fetcher's user is in it
  };
  std::optional<Users> users;

  std::filesystem::path configuration() const { return directory / "hookspool.toml"; }
  std::filesystem::path client_secret_file() const { return directory / "client-secret"; }
  std::filesystem::path verify_token_file() const { return directory / "verify-token"; }
  /// Those of the three that are there already.
  std::vector<std::filesystem::path> existing() const;
};

/// hookspool.toml as text.
std::string configuration_text(const SetUp& set_up);

bool has_the_users_of_the_units(const SetUp::Users& users);

/// What kTmpfiles says, so that `users` keep those of the three directories that are used. Empty
/// without users, or where none of the three is used.
std::string tmpfiles_text(const SetUp& set_up);

/// Makes the directories and writes the files, each whole or not at all, the configuration last.
/// What was there is kept beside it with .bak behind its name. With `users` the files are the
/// caller's, the client secret readable for the fetcher alone and the others for both; the spool is
/// the receiver's and the store the fetcher's; for other users than the units' kTmpfiles is
/// written, and what it names is given to them although it was there. Proves that the programs can
/// read the result. \throws SystemError, ConfigurationError
void write_set_up(const SetUp& set_up);

}  // namespace hookspool::ctl
