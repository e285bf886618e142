#include "spool/pending_authorizations.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>

#include "base/error.h"
#include "base/file_content.h"
#include "base/log.h"
#include "base/random_token.h"
#include "spool/file_system.h"
#include "spool/permissions.h"

namespace hookspool::spool {
namespace {

/// As random_token() makes them. Anything else must not become the name of a file.
bool is_token(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// Nothing if there is no such file, or it does not say.
std::optional<Timestamp> expiry_in(const std::filesystem::path& file) {
  constexpr std::size_t kMoreThanATime = 64;
  try {
    return from_rfc3339(read_file(file, kMoreThanATime));
  } catch (const SystemError& error) {
    if (error.error_number() != ENOENT) log::warning(error.what());
  } catch (const std::invalid_argument&) {
    log::warning(file.string() + " does not hold the time at which an authorization expires");
  }
  return std::nullopt;
}

}  // namespace

PendingAuthorizations::PendingAuthorizations(const Layout& layout, const Clock& clock)
    : directory_(layout.authorizations()), clock_(clock) {}

std::string PendingAuthorizations::begin() const {
  real_file_system().make_directory(directory_, kDirectoryMode);
  remove_expired();
  std::string state = random_token();
  replace_file_durably(directory_ / state, to_rfc3339(clock_.now() + kLifetime), kFileMode);
  return state;
}

bool PendingAuthorizations::is_pending(std::string_view state) const {
  if (!is_token(state)) return false;
  const auto expiry = expiry_in(directory_ / state);
  return expiry && clock_.now() < *expiry;
}

void PendingAuthorizations::end(std::string_view state) const {
  if (!is_token(state)) return;
  try {
    real_file_system().remove(directory_ / state);
  } catch (const SystemError& error) {
    if (error.error_number() != ENOENT) throw;
  }
}

void PendingAuthorizations::remove_expired() const {
  for (const std::string& name : real_file_system().list(directory_)) {
    if (is_token(name) && !is_pending(name)) end(name);
  }
}

}  // namespace hookspool::spool
