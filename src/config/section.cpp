#include "config/section.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file_content.h"

namespace hookspool::config {
namespace {

bool readable_by_everybody(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

/// Without what editors leave around it: a byte order mark, and blanks and newlines at the end.
std::string only_the_secret(std::string text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  text.resize(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// Whether something stands between "://" and the path.
bool has_host(std::string_view url) {
  const std::size_t separator = url.find("://");
  if (separator == std::string_view::npos) return false;
  const std::string_view rest = url.substr(separator + 3);
  return rest.find_first_of("/?#") != 0 && !rest.empty();
}

/// In the largest unit that it is a whole number of.
std::string as_written(std::chrono::seconds duration) {
  const std::int64_t count = duration.count();
  if (count > 0 && count % 86400 == 0) return std::to_string(count / 86400) + "d";
  if (count > 0 && count % 3600 == 0) return std::to_string(count / 3600) + "h";
  if (count > 0 && count % 60 == 0) return std::to_string(count / 60) + "m";
  return std::to_string(count) + "s";
}

}  // namespace

Section::Section(const Document& document, std::vector<std::string>& warnings, std::string name,
                 const std::vector<std::string_view>& keys)
    : document_(document),
      warnings_(warnings),
      name_(std::move(name)),
      table_(document.table()[name_].as_table()) {
  if (table_ == nullptr) return;
  for (const auto& [key, node] : *table_) {
    if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
      document_.reject(key.source().begin.line, "unknown key " + qualified(key.str()));
    }
  }
}

bool Section::has(std::string_view key) const {
  return find(key) != nullptr;
}

std::string Section::text(std::string_view key) const {
  const toml::node& node = required(key);
  const auto value = node.value_exact<std::string>();
  if (!value) reject(node, key, "must be a string");
  if (value->empty()) reject(node, key, "must not be empty");
  return *value;
}

std::int64_t Section::integer(std::string_view key, std::int64_t lowest,
                              std::int64_t highest) const {
  const toml::node& node = required(key);
  const auto value = node.value_exact<std::int64_t>();
  if (!value) reject(node, key, "must be an integer");
  if (*value < lowest || *value > highest) {
    reject(node, key, "must be from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return *value;
}

std::filesystem::path Section::path(std::string_view key) const {
  return absolute(key, text(key));
}

std::filesystem::path Section::absolute(std::string_view key, const std::string& path) const {
  // It would be a directory of that name.
  if (path.starts_with('~')) {
    reject_value(key, "begins with ~, which only a shell knows; write the whole path");
  }
  // An absolute right-hand side of / replaces the left one.
  return std::filesystem::absolute(document_.path()).parent_path() / path;
}

std::chrono::seconds Section::duration(std::string_view key, std::chrono::seconds lowest) const {
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
    reject(required(key), key, "must be at least " + as_written(lowest));
  }
  return std::chrono::seconds(count * factor);
}

std::string Section::http_url(std::string_view key) const {
  std::string url = text(key);
  check_http_url(required(key), key, url);
  return url;
}

std::vector<std::string> Section::http_urls(std::string_view key) const {
  std::vector<std::string> urls = texts(key);
  const toml::array* const array = required(key).as_array();
  for (std::size_t i = 0; i < urls.size(); ++i) {
    check_http_url(array == nullptr ? required(key) : *array->get(i), key, urls[i]);
  }
  return urls;
}

Secret Section::secret(const std::string& key) const {
  const std::string file_key = key + "_file";
  if (has(key) && has(file_key)) {
    reject(required(file_key), file_key, "stands beside " + qualified(key) + "; keep one");
  }
  if (!has(key) && !has(file_key)) {
    document_.reject(section_line(),
                     "missing key " + qualified(key) + " or " + qualified(file_key));
  }
  if (has(key)) {
    warn_if_readable_by_everybody(document_.path(), key);
    return Secret(text(key));
  }
  return secret_from_file(file_key);
}

bool Section::flag(std::string_view key) const {
  const auto value = required(key).value_exact<bool>();
  if (!value) reject(required(key), key, "must be true or false");
  return *value;
}

double Section::percent(std::string_view key) const {
  constexpr double kWhole = 100;
  return static_cast<double>(integer(key, 0, static_cast<std::int64_t>(kWhole))) / kWhole;
}

std::vector<std::string> Section::texts(std::string_view key) const {
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

event::AcceptFilter Section::accept(std::string_view key) const {
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

void Section::reject_value(std::string_view key, const std::string& complaint) const {
  reject(required(key), key, complaint);
}

void Section::check_http_url(const toml::node& node, std::string_view key,
                             std::string_view url) const {
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    reject(node, key, "must begin with https:// or http://");
  }
  if (!has_host(url)) reject(node, key, "names no host");
}

std::string Section::qualified(std::string_view key) const {
  return name_ + "." + std::string(key);
}

const toml::node* Section::find(std::string_view key) const {
  return table_ == nullptr ? nullptr : table_->get(key);
}

std::size_t Section::section_line() const {
  return table_ == nullptr ? 0 : table_->source().begin.line;
}

const toml::node& Section::required(std::string_view key) const {
  const toml::node* node = find(key);
  if (node == nullptr) {
    document_.reject(section_line(), "missing key " + qualified(key));
  }
  return *node;
}

void Section::reject(const toml::node& node, std::string_view key,
                     const std::string& complaint) const {
  document_.reject(node, qualified(key) + " " + complaint);
}

Secret Section::secret_from_file(const std::string& file_key) const {
  const std::filesystem::path file = path(file_key);
  std::string content;
  try {
    content = only_the_secret(read_file(file));
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

void Section::warn_if_readable_by_everybody(const std::filesystem::path& secret_file,
                                            std::string_view key) const {
  if (!readable_by_everybody(secret_file)) return;
  std::string warning = "everybody on this machine can read " + secret_file.string() +
                        ", which holds the secret " + qualified(key) +
                        "; chmod o= " + secret_file.string();
  // A section may be read more than once.
  if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) {
    warnings_.push_back(std::move(warning));
  }
}

}  // namespace hookspool::config
