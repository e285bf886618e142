#include "config/config_file.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "config/document.h"
#include "config/section.h"

namespace hookspool::config {
namespace {

const std::vector<std::string_view>& receiver_keys() {
  static const std::vector<std::string_view> keys{"spool",   "verify_token",    "verify_token_file",
                                                  "accept",  "subscription_id", "max_body",
                                                  "threads", "sandbox"};
  return keys;
}

constexpr std::int64_t kLargestId = INT64_MAX;
/// A socket's buffer holds a request of that size, which is how one that arrived in parts is handed
/// to libfcgi. mod_fcgid has the same limit.
constexpr std::int64_t kLargestBody = 128 * 1024;

std::string without_final_slashes(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

SignatureCheck signature_check(const Section& section) {
  const std::string value = section.text("signature");
  if (value == "off") return SignatureCheck::kOff;
  if (value == "log") return SignatureCheck::kLog;
  if (value == "require") return SignatureCheck::kRequire;
  section.reject_value("signature", "must be \"off\", \"log\" or \"require\"");
}

std::vector<std::string> streams(const Section& section) {
  // https://developers.strava.com/docs/reference/#api-models-StreamSet
  static const std::set<std::string_view> known{
      "time",    "distance", "latlng", "altitude", "velocity_smooth", "heartrate",
      "cadence", "watts",    "temp",   "moving",   "grade_smooth"};
  std::vector<std::string> names = section.texts("streams");
  for (const std::string& name : names) {
    if (!known.contains(name)) {
      section.reject_value("streams", "names no stream of Strava's: \"" + name +
                                          "\"; it knows time, distance, latlng, altitude, "
                                          "velocity_smooth, heartrate, cadence, watts, temp, "
                                          "moving and grade_smooth");
    }
  }
  return names;
}

/// RFC 4648, section 4.
bool is_base64_with_padding(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kGroup = 4;
  const std::size_t end = text.find_last_not_of('=');
  if (end == std::string_view::npos || text.size() % kGroup != 0 || text.size() - end > 3) {
    return false;
  }
  return text.substr(0, end + 1).find_first_not_of(kAlphabet) == std::string_view::npos;
}

/// A key that cannot be read would sign with nothing, which anybody can do.
Secret webhook_secret(const Section& section) {
  constexpr std::string_view kPrefix = "whsec_";
  Secret secret = section.secret("secret");
  const std::string& text = secret.reveal();
  if (text.starts_with(kPrefix) &&
      !is_base64_with_padding(std::string_view(text).substr(kPrefix.size()))) {
    section.reject_value(section.has("secret") ? "secret" : "secret_file",
                         "is no key of Standard Webhooks: behind whsec_ there must be base64 with "
                         "its padding, as openssl rand -base64 24 makes it");
  }
  return secret;
}

}  // namespace

ConfigFile::ConfigFile(const std::filesystem::path& path)
    : path_(path), document_(std::make_unique<Document>(path)) {}

ConfigFile::~ConfigFile() = default;

std::vector<std::filesystem::path> ConfigFile::secret_files(const std::string& section) const {
  std::vector<std::filesystem::path> files;
  const toml::table* const table = document_->table()[section].as_table();
  if (table == nullptr) return files;
  for (const auto& [key, value] : *table) {
    const auto name = value.value<std::string>();
    if (!key.str().ends_with("_file") || !name) continue;
    files.push_back(path_.parent_path() / *name);
  }
  return files;
}

ReceiverConfig ConfigFile::receiver() const {
  const Section section(*document_, warnings_, "receiver", receiver_keys());
  ReceiverConfig config;
  config.spool = section.path("spool");
  config.verify_token = section.secret("verify_token");
  if (section.has("accept")) config.accept = section.accept("accept");
  config.subscription_id = subscription_id();
  if (section.has("max_body")) {
    config.max_body = static_cast<std::size_t>(section.integer("max_body", 1024, kLargestBody));
  }
  if (section.has("threads")) {
    config.threads = static_cast<unsigned>(section.integer("threads", 1, 256));
  }
  if (section.has("sandbox")) config.sandbox = section.flag("sandbox");
  return config;
}

std::filesystem::path ConfigFile::spool() const {
  return Section(*document_, warnings_, "receiver", receiver_keys()).path("spool");
}

std::optional<event::SubscriptionId> ConfigFile::subscription_id() const {
  const Section section(*document_, warnings_, "receiver", receiver_keys());
  if (!section.has("subscription_id")) return std::nullopt;
  return event::SubscriptionId{section.integer("subscription_id", 1, kLargestId)};
}

Secret ConfigFile::verify_token() const {
  return Section(*document_, warnings_, "receiver", receiver_keys()).secret("verify_token");
}

StravaConfig ConfigFile::strava() const {
  const Section section(
      *document_, warnings_, "strava",
      {"client_id", "client_secret", "client_secret_file", "callback_url", "api_url", "oauth_url",
       "signature", "signing_secret", "signing_secret_file"});
  StravaConfig config;
  config.client_id = section.integer("client_id", 1, kLargestId);
  config.client_secret = section.secret("client_secret");
  if (section.has("callback_url")) {
    config.callback_url = section.http_url("callback_url");
    constexpr std::size_t kLongestCallback = 255;  // Strava's limit
    if (config.callback_url.size() > kLongestCallback) {
      section.reject_value("callback_url", "must have at most 255 characters, Strava's limit");
    }
  }
  if (section.has("api_url")) {
    config.api_urls = section.http_urls("api_url");
    constexpr std::size_t kMostPlaces = 3;  // each takes its time to answer
    if (config.api_urls.empty() || config.api_urls.size() > kMostPlaces) {
      section.reject_value("api_url", "must name one to three URLs");
    }
    for (std::string& url : config.api_urls) url = without_final_slashes(std::move(url));
  }
  if (section.has("oauth_url")) {
    config.oauth_url = without_final_slashes(section.http_url("oauth_url"));
  }
  if (section.has("signature")) config.signature = signature_check(section);
  if (section.has("signing_secret") || section.has("signing_secret_file")) {
    config.signing_secret = section.secret("signing_secret");
  }
  return config;
}

StoreConfig ConfigFile::store() const {
  const Section section(*document_, warnings_, "store", {"url"});
  StoreConfig config;
  if (section.has("url")) {
    constexpr std::string_view kScheme = "sqlite:";
    const std::string url = section.text("url");
    if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
      section.reject_value("url", "must be of the form \"sqlite:/path/to/hookspool.db\"");
    }
    config.url =
        std::string(kScheme) + section.absolute("url", url.substr(kScheme.size())).string();
  }
  return config;
}

FetcherConfig ConfigFile::fetcher() const {
  const Section section(
      *document_, warnings_, "fetcher",
      {"concurrency", "retry_for", "scan_every", "reserve", "streams", "settle", "reconcile_every",
       "reconcile_back", "remove_at_most", "retention", "keep_events"});
  FetcherConfig config;
  if (section.has("concurrency")) {
    config.concurrency = static_cast<unsigned>(section.integer("concurrency", 1, 64));
  }
  const auto duration = [&section](const char* key, std::chrono::seconds lowest,
                                   std::chrono::seconds& value) {
    if (section.has(key)) value = section.duration(key, lowest);
  };
  duration("retry_for", std::chrono::seconds(0), config.retry_for);
  duration("scan_every", std::chrono::seconds(1), config.scan_every);
  duration("reconcile_every", std::chrono::seconds(0), config.reconcile_every);
  // Three days: what had no streams at first is asked for once more a day after it came.
  duration("reconcile_back", std::chrono::days(3), config.reconcile_back);
  // Two days: repeats of an event have come by then, and a deletion has been dealt with.
  duration("keep_events", std::chrono::days(2), config.keep_events);
  if (section.has("reserve")) config.reserve = section.percent("reserve");
  if (section.has("remove_at_most")) config.remove_at_most = section.percent("remove_at_most");
  if (section.has("settle")) config.settle = section.flag("settle");
  if (section.has("streams")) config.streams = streams(section);
  if (section.has("retention") && section.text("retention") != "mirror") {
    config.retention = section.duration("retention", std::chrono::days(1));
  }
  return config;
}

NotifyConfig ConfigFile::notify() const {
  const Section section(*document_, warnings_, "notify",
                        {"command", "command_timeout", "command_concurrency", "url", "secret",
                         "secret_file", "retry_for"});
  NotifyConfig config;
  if (section.has("command")) config.command = section.path("command");
  if (section.has("command_timeout")) {
    config.command_timeout = section.duration("command_timeout", std::chrono::seconds(1));
  }
  if (section.has("command_concurrency")) {
    config.command_concurrency =
        static_cast<unsigned>(section.integer("command_concurrency", 1, 64));
  }
  if (section.has("url")) config.urls = section.http_urls("url");
  if (std::set(config.urls.begin(), config.urls.end()).size() < config.urls.size()) {
    section.reject_value("url", "has one twice, which would be told twice");
  }
  if (section.has("secret") || section.has("secret_file")) config.secret = webhook_secret(section);
  if (section.has("retry_for")) {
    config.retry_for = section.duration("retry_for", std::chrono::seconds(0));
  }
  return config;
}

AlertConfig ConfigFile::alerts() const {
  const Section section(*document_, warnings_, "alerts", {"backlog", "silence", "disk_free"});
  AlertConfig config;
  if (section.has("backlog")) {
    config.backlog = section.duration("backlog", std::chrono::minutes(1));
  }
  if (section.has("silence")) {
    config.silence = section.duration("silence", std::chrono::hours(1));
  }
  if (section.has("disk_free")) config.disk_free = section.percent("disk_free");
  return config;
}

}  // namespace hookspool::config
