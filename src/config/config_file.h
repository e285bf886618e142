#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace hookspool::config {

class Document;

/// hookspool.toml, read once. Each program asks for the sections that it needs; the others are not
/// looked at, so that a slip in [fetcher] does not stop the receiver, and the receiver never opens
/// the file with the client secret.
///
/// Every function throws ConfigurationError, naming file, line and key, for an unknown key in the
/// section, a value of the wrong type or out of range, a required key that is missing, and a secret
/// file that cannot be read. Relative paths are taken from the directory of hookspool.toml.
class ConfigFile {
 public:
  /// Reads and parses `path`.
  explicit ConfigFile(const std::filesystem::path& path);
  ~ConfigFile();
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  ReceiverConfig receiver() const;
  /// [receiver] spool alone, for programs that have no business with the verify token.
  std::filesystem::path spool() const;
  /// [receiver] subscription_id alone, for the fetcher; nothing if it is not set.
  std::optional<event::SubscriptionId> subscription_id() const;
  /// [receiver] verify_token alone, for subscribing.
  Secret verify_token() const;
  StravaConfig strava() const;
  StoreConfig store() const;
  FetcherConfig fetcher() const;
  NotifyConfig notify() const;
  AlertConfig alerts() const;

  const std::filesystem::path& path() const { return path_; }
  /// The files that the section's keys name for secrets, read or not.
  std::vector<std::filesystem::path> secret_files(const std::string& section) const;
  /// What a person should know though it stops nothing, such as a secret that everybody can read.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Document> document_;
  /// Grows as sections are read, since only then is it known which secret files matter.
  mutable std::vector<std::string> warnings_;
};

/// Where the configuration is: `given` by --config if not empty, else $HOOKSPOOL_CONFIG, else
/// .config/hookspool/hookspool.toml in home_directory(), else /etc/hookspool/hookspool.toml; of the
/// last two the first that exists.
/// \throws ConfigurationError  there is none; the message lists where
/// it was looked for
std::filesystem::path find_config_file(const std::string& given);

}  // namespace hookspool::config
