#include "ctl/context.h"

#include <utility>

#include "base/log.h"
#include "fetcher/notifier.h"

namespace hookspool::ctl {

Context::Context(std::string config_option) : config_option_(std::move(config_option)) {}

Context::~Context() {
  if (!config_) return;
  for (const std::string& warning : config_->warnings()) log::warning(warning);
}

const config::ConfigFile& Context::config() {
  if (!config_) {
    config_ = std::make_unique<config::ConfigFile>(config::find_config_file(config_option_));
  }
  return *config_;
}

store::Database& Context::database() {
  if (!database_) database_ = std::make_unique<store::Database>(config().store().url);
  return *database_;
}

strava::HttpTransport& Context::transport() {
  if (!transport_) transport_ = std::make_unique<strava::CurlTransport>();
  return *transport_;
}

fetcher::Changes& Context::changes() {
  if (!changes_) {
    changes_ = std::make_unique<fetcher::Changes>(database(), clock_,
                                                  fetcher::consumers_of(config().notify()));
  }
  return *changes_;
}

}  // namespace hookspool::ctl
