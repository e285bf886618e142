#include "spool/seal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "spool/permissions.h"

namespace hookspool::spool {
namespace {

/// As many as the largest 64-bit number has, so that names sort as numbers do.
constexpr std::size_t kDigits = 20;

/// Later than any time that this program will see: a larger number is not a name of ours.
constexpr std::uint64_t kLargestNumber = 9'999'999'999'999'999'999U;

/// The time of the seal in microseconds, or one more than the newest name if the clock went back.
std::string next_name(FileSystem& files, const Layout& layout, Timestamp now) {
  auto number =
      static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
  for (const std::string& name : files.list(layout.sealed())) {
    std::uint64_t taken = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), taken);
    const bool is_name = error == std::errc{} && end == name.data() + kDigits;
    if (is_name && taken < kLargestNumber) number = std::max(number, taken + 1);
  }
  std::string name = std::to_string(number);
  name.insert(0, kDigits - name.size(), '0');
  return name.append(kSegmentSuffix);
}

}  // namespace

void seal_current(FileSystem& files, const Layout& layout, Timestamp now) {
  files.make_directory(layout.sealed(), kDirectoryMode);
  files.rename(layout.current(), layout.sealed() / next_name(files, layout, now));
  files.sync_directory(layout.sealed());
  files.sync_directory(layout.root());
}

}  // namespace hookspool::spool
