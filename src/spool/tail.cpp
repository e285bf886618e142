#include "spool/tail.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace hookspool::spool {
namespace {

constexpr std::uintmax_t kBytesLookedAt = 256UL * 1024;

std::string end_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) return "";
  std::string text(static_cast<std::size_t>(std::min(size, kBytesLookedAt)), '\0');
  stream.seekg(static_cast<std::streamoff>(size - text.size()));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

/// Empty if there is none.
std::filesystem::path newest_segment(const std::filesystem::path& sealed) {
  std::filesystem::path newest;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(sealed, error)) {
    newest = std::max(newest, entry.path());
  }
  return newest;
}

}  // namespace

bool newest_records_hold(const Layout& layout, std::string_view text) {
  return end_of(layout.current()).find(text) != std::string::npos ||
         end_of(newest_segment(layout.sealed())).find(text) != std::string::npos;
}

}  // namespace hookspool::spool
