#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "power_loss/disk.h"

namespace hookspool::power_loss {

/// What the fetcher made of what a power loss had left.
struct Outcome {
  std::map<std::int64_t, int> events;   ///< rows in the store, by object id
  std::vector<std::string> complaints;  ///< empty if all went as it should

  auto operator<=>(const Outcome&) const = default;
};

/// Who takes the spool into the store.
enum class By {
  kTheSameCode,  ///< in this process, which is fast
  kTheProgram,   ///< hookspool-fetcher --once
};

/// Puts the image into a directory of its own in memory, takes in what is spooled, and then one
/// more event: works as if nothing had been, without a step of repair. Several threads may restart
/// at once.
Outcome restart(const Image& image, By by);

/// A URL at which nobody listens.
constexpr const char* kNobody = "http://127.0.0.1:9";

/// A configuration for all programs with spool/ and store/ below `root`, and with the credentials
/// that the simulated Strava knows. `more` is added at the end.
void write_configuration(const std::filesystem::path& file, const std::filesystem::path& root,
                         const std::string& strava = kNobody, const std::string& more = "");

}  // namespace hookspool::power_loss
