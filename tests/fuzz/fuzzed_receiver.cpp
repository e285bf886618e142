#include "fuzzed_receiver.h"

#include <fstream>

#include "base/log.h"

namespace hookspool::fuzz {

FuzzedReceiver::FuzzedReceiver()
    : layout_(directory_.path()),
      authorizations_(layout_, clock_),
      handler_(Secret(kVerifyToken), event::AcceptFilter(), authorizations_) {
  log::set_sink([](log::Level, std::string_view) {});
  std::filesystem::create_directory(layout_.authorizations());
  std::ofstream(layout_.authorizations() / kPendingState)
      << to_rfc3339(clock_.now() + spool::PendingAuthorizations::kLifetime);
}

}  // namespace hookspool::fuzz
