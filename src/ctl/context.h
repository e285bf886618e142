#pragma once

#include <json/value.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "config/config_file.h"
#include "fetcher/changes.h"
#include "store/database.h"
#include "strava/curl_transport.h"

namespace hookspool::ctl {

/// What a command works with. Each part is made when it is first asked for, so that `list` needs no
/// client secret and `subscribe` no database.
class Context {
 public:
  /// `config_option` is the value of --config, or empty.
  explicit Context(std::string config_option);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  const config::ConfigFile& config();
  store::Database& database();
  strava::HttpTransport& transport();
  /// What a command does to the archive, the consumers of [notify] are to be told.
  fetcher::Changes& changes();
  const Clock& clock() const { return clock_; }

 private:
  std::string config_option_;
  std::unique_ptr<config::ConfigFile> config_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<strava::CurlTransport> transport_;
  SystemClock clock_;
  std::unique_ptr<fetcher::Changes> changes_;
};

}  // namespace hookspool::ctl
