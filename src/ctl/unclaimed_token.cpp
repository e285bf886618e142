#include "ctl/unclaimed_token.h"

#include <system_error>

#include "base/error.h"
#include "base/file_content.h"

namespace hookspool::ctl {

UnclaimedToken::UnclaimedToken(const std::filesystem::path& directory)
    : path_(directory / "unclaimed-refresh-token") {}

std::string UnclaimedToken::how_to_go_on() const {
  return "Strava may have replaced the token that was entered; go on with hookspoolctl athlete add "
         "--refresh-token-file " +
         path_.string();
}

void UnclaimedToken::expect_none_but(const std::filesystem::path& source) const {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return;
  if (!source.empty() && std::filesystem::equivalent(path_, source, ignored)) return;
  throw Error(ExitCode::kCannotCreate,
              path_.string() +
                  " holds a refresh token that an earlier attempt left behind: go on "
                  "with hookspoolctl athlete add --refresh-token-file " +
                  path_.string() + ", or remove the file");
}

void UnclaimedToken::keep(const Secret& refresh_token) const {
  constexpr mode_t kOwnerOnly = 0600;
  replace_file_durably(path_, refresh_token.reveal() + "\n", kOwnerOnly);
}

void UnclaimedToken::forget() const noexcept {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace hookspool::ctl
