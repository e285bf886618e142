// hookspool.toml. All but one thing in it may be wrong, and is then said; a secret never is.

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "base/error.h"
#include "config/config_file.h"
#include "property.h"
#include "support/temporary_directory.h"

namespace hookspool {
namespace {

using fuzz::expect;

/// The secret that seeds and dictionary use, and that stands in the file "secret". It is a number
/// that TOML cannot hold, so that it is something else without its quotes.
constexpr std::string_view kSecret = "31415926535897932384626433832795";

std::string_view without_spaces_in_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Whether the secret, where it stands in this line, is the value of a key that holds secrets.
bool keeps_the_secret(std::string_view line) {
  if (line.find(kSecret) == std::string_view::npos) return true;
  line = without_spaces_in_front(line);
  for (const std::string_view key : {"verify_token", "client_secret", "signing_secret", "secret"}) {
    if (!line.starts_with(key)) continue;
    std::string_view value = without_spaces_in_front(line.substr(key.size()));
    if (!value.starts_with('=')) continue;
    value = without_spaces_in_front(value.substr(1));
    if (value.starts_with('"') || value.starts_with('\'')) value.remove_prefix(1);
    return value.starts_with(kSecret) && value.rfind(kSecret) == 0;
  }
  return false;
}

/// Otherwise it is known to anybody, and may be told.
bool keeps_the_secret_in_all_lines(std::string_view text) {
  if (text.find("'''") != std::string_view::npos || text.find(R"(""")") != std::string_view::npos) {
    return false;
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (!keeps_the_secret(text.substr(0, end))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

void expect_duration(std::chrono::seconds duration) {
  expect(duration.count() >= 0 && duration <= std::chrono::days(3650), "durations are sensible");
}

void expect_url(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  expect(url.starts_with("http") && host > 3 && host < url.size(), "a URL names a host");
}

void load_receiver(const config::ConfigFile& file) {
  const auto config = file.receiver();
  expect(!config.verify_token.empty(), "there is a verify token");
  expect(config.spool.is_absolute(), "the spool's path is absolute");
  expect(config.max_body >= 1024 && config.max_body <= 128 * 1024, "max_body is in its range");
  expect(config.threads >= 1 && config.threads <= 256, "threads are in their range");
}

void load_spool(const config::ConfigFile& file) {
  file.spool();
}

void load_verify_token(const config::ConfigFile& file) {
  expect(!file.verify_token().empty(), "there is a verify token");
}

void load_strava(const config::ConfigFile& file) {
  const auto config = file.strava();
  expect(config.client_id > 0 && !config.client_secret.empty(), "there are credentials");
  if (!config.callback_url.empty()) expect_url(config.callback_url);
  expect(!config.api_urls.empty() && config.api_urls.size() <= 3, "the API is at one to three");
  for (const std::string& url : config.api_urls) expect_url(url);
  expect_url(config.oauth_url);
}

void load_store(const config::ConfigFile& file) {
  expect(file.store().url.starts_with("sqlite:"), "the store is one that we know");
}

void load_fetcher(const config::ConfigFile& file) {
  const auto config = file.fetcher();
  for (const auto duration : {config.retry_for, config.scan_every, config.reconcile_every,
                              config.reconcile_back, config.keep_events}) {
    expect_duration(duration);
  }
  if (config.retention) expect_duration(*config.retention);
  expect(config.reserve >= 0 && config.reserve <= 1, "the reserve is a share");
  expect(config.remove_at_most >= 0 && config.remove_at_most <= 1, "remove_at_most is a share");
  expect(config.concurrency >= 1 && config.concurrency <= 64, "concurrency is in its range");
}

void load_notify(const config::ConfigFile& file) {
  const auto config = file.notify();
  for (const std::string& url : config.urls) expect_url(url);
  expect_duration(config.command_timeout);
  expect_duration(config.retry_for);
}

void load_alerts(const config::ConfigFile& file) {
  const auto config = file.alerts();
  expect_duration(config.backlog);
  expect_duration(config.silence);
}

using Load = void (*)(const config::ConfigFile&);
constexpr std::array<Load, 8> kSections{load_receiver, load_spool, load_verify_token,
                                        load_strava,   load_store, load_fetcher,
                                        load_notify,   load_alerts};

/// Sees what a person is told.
class Told {
 public:
  explicit Told(bool is_secret) : is_secret_(is_secret) {}

  void operator()(const std::string& message) const {
    expect(!is_secret_ || message.find(kSecret) == std::string::npos, "no message tells a secret");
  }

 private:
  bool is_secret_;
};

void load(const std::filesystem::path& path, const Told& told) try {
  const config::ConfigFile file(path);
  for (const Load section : kSections) {
    try {
      section(file);
    } catch (const ConfigurationError& error) {
      told(error.what());
    }
  }
  for (const char* section : {"receiver", "strava", "notify"}) file.secret_files(section);
  for (const std::string& warning : file.warnings()) told(warning);
} catch (const ConfigurationError& error) {
  told(error.what());
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  static const test::TemporaryDirectory directory;
  static const bool has_secret = [] {
    std::ofstream(directory / "secret") << kSecret << '\n';
    return true;
  }();
  const std::string_view text = fuzz::text_of(data, size);
  // A file that names a terminal as the secret's waits for somebody to type it.
  if (!has_secret || text.find("/dev") != std::string_view::npos) return 0;
  std::ofstream(directory / "hookspool.toml", std::ios::binary) << text;
  load(directory / "hookspool.toml", Told(keeps_the_secret_in_all_lines(text)));
  return 0;
}
