#include "config/document.h"

#include <string.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/file_content.h"
#include "base/freed_memory.h"
#include "base/secret.h"

namespace hookspool::config {
namespace {

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
  const std::string complaint(error.description());
  const bool is_no_value = complaint.find("could not determine value type") != std::string::npos;
  return complaint + (is_no_value ? "; text stands in quotes, as in spool = \"/path\"" : "");
}

/// Also the texts of a section that this program does not ask for.
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

}  // namespace

Document::Document(const std::filesystem::path& path) : path_(path) {
  const WipeFreedMemory parts_of_secrets;
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

Document::~Document() {
  wipe(table_);
}

void Document::reject(const toml::node& node, const std::string& complaint) const {
  reject(node.source().begin.line, complaint);
}

void Document::reject(std::size_t line, const std::string& complaint) const {
  throw ConfigurationError(path_.string() + (line > 0 ? ":" + std::to_string(line) : "") + ": " +
                           complaint);
}

void Document::check_section_names() const {
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

}  // namespace hookspool::config
