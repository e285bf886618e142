#include "config/config_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_content.h"
#include "config/toml.h"

namespace hookspool::config {
namespace {

bool readable_by_everybody(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

std::string without_final_newline(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::string without_final_slashes(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

std::string_view line_of(std::string_view text, std::size_t number) {
  for (; number > 1 && !text.empty(); --number) {
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  }
  return text.substr(0, text.find('\n'));
}

/// What toml++ says of a number that is none quotes it, and a secret without its quotes looks like
/// one.
std::string complaint_of(const toml::parse_error& error, std::string_view text) {
  const std::string_view line = line_of(text, error.source().begin.line);
  for (const std::string_view word : {"secret", "token"}) {
    if (line.find(word) != std::string_view::npos) {
      return "this is not TOML; a secret stands in quotes, as in client_secret = \"…\"";
    }
  }
  return std::string(error.description());
}

/// Any text in it may be a secret, also of a section that this program does not ask for.
void wipe(toml::node& node) {
  if (toml::table* table = node.as_table()) {
    for (auto&& [key, value] : *table) wipe(value);
  }
  if (toml::array* array = node.as_array()) {
    for (toml::node& element : *array) wipe(element);
  }
  if (toml::value<std::string>* text = node.as_string()) {
    explicit_bzero(text->get().data(), text->get().size());
  }
}

/// Whether something stands between "://" and the path.
bool has_host(std::string_view url) {
  const std::size_t separator = url.find("://");
  if (separator == std::string_view::npos) return false;
  const std::string_view rest = url.substr(separator + 3);
  return rest.find_first_of("/?#") != 0 && !rest.empty();
}

}  // namespace

class ConfigFile::Document {
 public:
  explicit Document(const std::filesystem::path& path) : path_(path) {
    Secret text;
    try {
      text = Secret(read_file(path));
      table_ = toml::parse(text.reveal(), path.string());
    } catch (const toml::parse_error& error) {
      throw ConfigurationError(path.string() + ":" + std::to_string(error.source().begin.line) +
                               ": " + complaint_of(error, text.reveal()));
    } catch (const BrokenTomlAssertion&) {
      throw ConfigurationError(path.string() + ": this is not TOML; is every [section] whole?");
    } catch (const SystemError& error) {
      throw ConfigurationError(error.what());
    }
    check_section_names();
  }

  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { wipe(table_); }

  const toml::table& table() const { return table_; }

  [[noreturn]] void reject(const toml::node& node, const std::string& complaint) const {
    reject(node.source().begin.line, complaint);
  }
  [[noreturn]] void reject(std::size_t line, const std::string& complaint) const {
    throw ConfigurationError(path_.string() + (line > 0 ? ":" + std::to_string(line) : "") + ": " +
                             complaint);
  }

 private:
  void check_section_names() const {
    static const std::set<std::string_view> known{"receiver", "strava", "store",
                                                  "fetcher",  "notify", "alerts"};
    for (const auto& [key, node] : table_) {
      if (!known.contains(key.str())) {
        reject(key.source().begin.line,
               node.is_table() ? "unknown section [" + std::string(key.str()) + "]"
                               : "the key " + std::string(key.str()) + " stands in no section");
      }
      if (!node.is_table()) reject(node, std::string(key.str()) + " is not a section");
    }
  }

  std::filesystem::path path_;
  toml::table table_;
};

/// One section, with readers that turn a value into what the programs use or say what is wrong.
class ConfigFile::Section {
 public:
  Section(const ConfigFile& file, std::string name, const std::vector<std::string_view>& keys)
      : file_(file), name_(std::move(name)), table_(file.document_->table()[name_].as_table()) {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
        file_.document_->reject(key.source().begin.line, "unknown key " + qualified(key.str()));
      }
    }
  }

  bool has(std::string_view key) const { return find(key) != nullptr; }

  std::string text(std::string_view key) const {
    const toml::node& node = required(key);
    const auto value = node.value_exact<std::string>();
    if (!value) reject(node, key, "must be a string");
    if (value->empty()) reject(node, key, "must not be empty");
    return *value;
  }

  std::int64_t integer(std::string_view key, std::int64_t lowest, std::int64_t highest) const {
    const toml::node& node = required(key);
    const auto value = node.value_exact<std::int64_t>();
    if (!value) reject(node, key, "must be an integer");
    if (*value < lowest || *value > highest) {
      reject(node, key,
             "must be from " + std::to_string(lowest) + " to " + std::to_string(highest));
    }
    return *value;
  }

  std::filesystem::path path(std::string_view key) const {
    // An absolute right-hand side of / replaces the left one.
    return std::filesystem::absolute(file_.path_).parent_path() / text(key);
  }

  /// A whole number with a unit: 90s, 15m, 6h, 7d.
  std::chrono::seconds duration(std::string_view key, std::chrono::seconds lowest) const {
    const std::string value = text(key);
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
    std::int64_t factor = 0;
    if (unit == "s") factor = 1;
    if (unit == "m") factor = 60;
    if (unit == "h") factor = 3600;
    if (unit == "d") factor = 86400;
    constexpr std::int64_t kTenYears = 3650LL * 86400;
    if (error != std::errc{} || factor == 0 || count < 0 || count > kTenYears / factor) {
      reject(required(key), key, "must be a duration such as \"90s\", \"15m\", \"6h\" or \"7d\"");
    }
    if (count * factor < lowest.count()) {
      reject(required(key), key, "must be at least " + std::to_string(lowest.count()) + "s");
    }
    return std::chrono::seconds(count * factor);
  }

  std::string http_url(std::string_view key) const {
    std::string url = text(key);
    check_http_url(key, url);
    return url;
  }

  /// URLs, or a single one.
  std::vector<std::string> http_urls(std::string_view key) const {
    std::vector<std::string> urls = texts(key);
    for (const std::string& url : urls) check_http_url(key, url);
    return urls;
  }

  /// The value of `key`, or the content of the file that `<key>_file` names, without newlines at
  /// its end.
  Secret secret(const std::string& key) const {
    const std::string file_key = key + "_file";
    if (has(key) && has(file_key)) {
      reject(required(file_key), file_key, "stands beside " + qualified(key) + "; keep one");
    }
    if (!has(key) && !has(file_key)) {
      file_.document_->reject(section_line(),
                              "missing key " + qualified(key) + " or " + qualified(file_key));
    }
    if (has(key)) {
      warn_if_readable_by_everybody(file_.path_, key);
      return Secret(text(key));
    }
    return secret_from_file(file_key);
  }

  bool flag(std::string_view key) const {
    const auto value = required(key).value_exact<bool>();
    if (!value) reject(required(key), key, "must be true or false");
    return *value;
  }

  /// A percentage as a share of one.
  double percent(std::string_view key) const {
    constexpr double kWhole = 100;
    return static_cast<double>(integer(key, 0, static_cast<std::int64_t>(kWhole))) / kWhole;
  }

  /// Strings, or a single one.
  std::vector<std::string> texts(std::string_view key) const {
    const toml::node& node = required(key);
    if (!node.is_array()) return {text(key)};
    std::vector<std::string> values;
    for (const toml::node& element : *node.as_array()) {
      const auto value = element.value_exact<std::string>();
      if (!value || value->empty()) reject(element, key, "must be an array of strings");
      values.push_back(*value);
    }
    return values;
  }

  event::AcceptFilter accept(std::string_view key) const {
    const toml::node& node = required(key);
    const toml::array* names = node.as_array();
    if (names == nullptr) reject(node, key, "must be an array of strings");
    std::set<event::Kind> kinds;
    for (const toml::node& name : *names) {
      const auto text = name.value_exact<std::string>();
      const auto kind = text ? event::kind_named(*text) : std::nullopt;
      if (!kind) {
        reject(name, key,
               "knows activity.create, activity.update, activity.delete and athlete.deauthorize");
      }
      kinds.insert(*kind);
    }
    return event::AcceptFilter(std::move(kinds));
  }

  [[noreturn]] void reject_value(std::string_view key, const std::string& complaint) const {
    reject(required(key), key, complaint);
  }

 private:
  void check_http_url(std::string_view key, std::string_view url) const {
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
      reject(required(key), key, "must begin with https:// or http://");
    }
    if (!has_host(url)) reject(required(key), key, "names no host");
  }

  std::string qualified(std::string_view key) const { return name_ + "." + std::string(key); }

  const toml::node* find(std::string_view key) const {
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  std::size_t section_line() const { return table_ == nullptr ? 0 : table_->source().begin.line; }

  const toml::node& required(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      file_.document_->reject(section_line(), "missing key " + qualified(key));
    }
    return *node;
  }

  [[noreturn]] void reject(const toml::node& node, std::string_view key,
                           const std::string& complaint) const {
    file_.document_->reject(node, qualified(key) + " " + complaint);
  }

  Secret secret_from_file(const std::string& file_key) const {
    const std::filesystem::path file = path(file_key);
    std::string content;
    try {
      content = without_final_newline(read_file(file));
    } catch (const SystemError& error) {
      reject(required(file_key), file_key,
             std::string("names a file that cannot be read: ") + error.what());
    }
    if (content.empty()) {
      reject(required(file_key), file_key, "names an empty file: " + file.string());
    }
    warn_if_readable_by_everybody(file, file_key);
    return Secret(std::move(content));
  }

  void warn_if_readable_by_everybody(const std::filesystem::path& secret_file,
                                     std::string_view key) const {
    if (!readable_by_everybody(secret_file)) return;
    std::string warning = "everybody on this machine can read " + secret_file.string() +
                          ", which holds the secret " + qualified(key) +
                          "; chmod o= " + secret_file.string();
    // A section may be read more than once.
    auto& warnings = file_.warnings_;
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
      warnings.push_back(std::move(warning));
    }
  }

  const ConfigFile& file_;
  std::string name_;
  const toml::table* table_;
};

ConfigFile::ConfigFile(const std::filesystem::path& path)
    : path_(path), document_(std::make_unique<Document>(path)) {}

ConfigFile::~ConfigFile() = default;

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

}  // namespace

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
  const Section section(*this, "receiver", receiver_keys());
  ReceiverConfig config;
  config.spool = section.path("spool");
  config.verify_token = section.secret("verify_token");
  if (section.has("accept")) config.accept = section.accept("accept");
  if (section.has("subscription_id")) {
    config.subscription_id =
        event::SubscriptionId{section.integer("subscription_id", 1, kLargestId)};
  }
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
  return Section(*this, "receiver", receiver_keys()).path("spool");
}

Secret ConfigFile::verify_token() const {
  return Section(*this, "receiver", receiver_keys()).secret("verify_token");
}

SignatureCheck ConfigFile::signature_check(const Section& section) {
  const std::string value = section.text("signature");
  if (value == "off") return SignatureCheck::kOff;
  if (value == "log") return SignatureCheck::kLog;
  if (value == "require") return SignatureCheck::kRequire;
  section.reject_value("signature", "must be \"off\", \"log\" or \"require\"");
}

std::vector<std::string> ConfigFile::streams(const Section& section) {
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

StravaConfig ConfigFile::strava() const {
  const Section section(
      *this, "strava",
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
    if (config.api_urls.empty()) section.reject_value("api_url", "must name a URL");
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
  const Section section(*this, "store", {"url"});
  StoreConfig config;
  if (section.has("url")) {
    config.url = section.text("url");
    if (!config.url.starts_with("sqlite:") || config.url.size() == std::string("sqlite:").size()) {
      section.reject_value("url", "must be of the form \"sqlite:/path/to/hookspool.db\"");
    }
  }
  return config;
}

FetcherConfig ConfigFile::fetcher() const {
  const Section section(
      *this, "fetcher",
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
  duration("reconcile_back", std::chrono::days(1), config.reconcile_back);
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
  const Section section(*this, "notify",
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
  if (section.has("secret") || section.has("secret_file")) config.secret = section.secret("secret");
  if (section.has("retry_for")) {
    config.retry_for = section.duration("retry_for", std::chrono::seconds(0));
  }
  return config;
}

AlertConfig ConfigFile::alerts() const {
  const Section section(*this, "alerts", {"backlog", "silence", "disk_free"});
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
