#include "ctl/unclaimed_token.h"

#include <system_error>

#include "base/file_content.h"

namespace hookspool::ctl {

UnclaimedToken::UnclaimedToken(const std::filesystem::path& directory)
    : path_(directory / "unclaimed-refresh-token") {}

void UnclaimedToken::keep(const Secret& refresh_token) const {
  constexpr mode_t kOwnerOnly = 0600;
  replace_file_durably(path_, refresh_token.reveal() + "\n", kOwnerOnly);
}

void UnclaimedToken::forget() const noexcept {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace hookspool::ctl
