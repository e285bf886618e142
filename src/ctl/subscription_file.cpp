#include "ctl/subscription_file.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/file_content.h"
#include "base/log.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/permissions.h"

namespace hookspool::ctl {

SubscriptionFile::SubscriptionFile(const std::filesystem::path& spool)
    : spool_(spool), path_(spool::Layout(spool).subscription()) {}

void SubscriptionFile::prepare() const {
  spool::FileSystem& files = spool::real_file_system();
  if (files.identify(spool_)) return;
  files.make_directory(spool_, spool::kDirectoryMode);
  if (::geteuid() == 0) {
    log::warning("made the spool directory " + spool_.string() +
                 " as root; give it to the user of the web server with chown");
  }
}

std::optional<event::SubscriptionId> SubscriptionFile::read() const {
  std::string text;
  try {
    text = read_file(path_);
  } catch (const SystemError& error) {
    if (error.error_number() == ENOENT) return std::nullopt;
    throw;
  }
  std::int64_t id = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, id);
  const bool whole = end == last || (end == last - 1 && *end == '\n');
  if (error != std::errc{} || !whole || id <= 0) return std::nullopt;
  return event::SubscriptionId{id};
}

void SubscriptionFile::write(event::SubscriptionId id) const {
  constexpr mode_t kReadableByAll = 0644;
  replace_file_durably(path_, std::to_string(static_cast<std::int64_t>(id)) + "\n", kReadableByAll);
}

void SubscriptionFile::remove() const {
  if (::unlink(path_.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw SystemError("remove " + path_.string(), errno);
  }
  sync_directory(spool_);
}

}  // namespace hookspool::ctl
