#include "receiver/parameter_lengths.h"

#include <algorithm>

namespace hookspool::receiver {
namespace {

/// More than any header that a web server takes, and few enough that libfcgi can add two of them.
constexpr std::size_t kLongestParameter = 1024 * 1024;

/// Web servers have some thirty of their own, a hundred with all that they know of TLS, and one for
/// each header: Apache takes a hundred of these, and browsers send twenty.
constexpr int kMostParameters = 1000;

}  // namespace

std::optional<std::size_t> take_length(std::string_view& content) {
  if (content.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(content.front());
  const std::size_t size = first < 0x80 ? 1 : 4;
  if (content.size() < size) return std::nullopt;
  std::size_t length = first & 0x7FU;
  for (std::size_t i = 1; i < size; ++i) {
    length = length << 8 | static_cast<unsigned char>(content[i]);
  }
  content.remove_prefix(size);
  return length;
}

bool ParameterLengths::follow(std::string_view content) {
  while (are_sound_) {
    const std::size_t seen = std::min(unseen_, content.size());
    unseen_ -= seen;
    content.remove_prefix(seen);
    if (content.empty()) break;
    lengths_ += content.front();
    content.remove_prefix(1);
    std::string_view rest = lengths_;
    const auto name = take_length(rest);
    if (!name) continue;
    const auto value = take_length(rest);
    are_sound_ = *name <= kLongestParameter && value.value_or(0) <= kLongestParameter;
    if (!value) continue;
    are_sound_ = are_sound_ && ++parameters_ <= kMostParameters;
    unseen_ = *name + *value;
    lengths_.clear();
  }
  return are_sound_;
}

}  // namespace hookspool::receiver
