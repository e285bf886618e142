#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/document.h"
#include "event/accept_filter.h"

namespace hookspool::config {

/// One section, with readers that turn a value into what the programs use. Each throws
/// ConfigurationError, which names file, line and key, if the key is missing or its value will not
/// do.
class Section {
 public:
  /// The section may be missing; none but these keys may stand in it. Adds to `warnings` what a
  /// person should know though it stops nothing. `document` and `warnings` must outlive this.
  Section(const Document& document, std::vector<std::string>& warnings, std::string name,
          const std::vector<std::string_view>& keys);
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  bool has(std::string_view key) const;
  /// Not empty.
  std::string text(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t lowest, std::int64_t highest) const;
  /// A relative one is taken from the directory of the document.
  std::filesystem::path path(std::string_view key) const;
  /// `path` in the same way, where the value has more than a path in it.
  std::filesystem::path absolute(std::string_view key, const std::string& path) const;
  /// A whole number with a unit: 90s, 15m, 6h, 7d.
  std::chrono::seconds duration(std::string_view key, std::chrono::seconds lowest) const;
  std::string http_url(std::string_view key) const;
  /// URLs, or a single one.
  std::vector<std::string> http_urls(std::string_view key) const;
  /// The value of `key`, or the content of the file that `<key>_file` names, without newlines at
  /// its end.
  Secret secret(const std::string& key) const;
  bool flag(std::string_view key) const;
  /// A percentage as a share of one.
  double percent(std::string_view key) const;
  /// Strings, or a single one.
  std::vector<std::string> texts(std::string_view key) const;
  event::AcceptFilter accept(std::string_view key) const;

  [[noreturn]] void reject_value(std::string_view key, const std::string& complaint) const;

 private:
  void check_http_url(const toml::node& node, std::string_view key, std::string_view url) const;
  std::string qualified(std::string_view key) const;
  const toml::node* find(std::string_view key) const;
  std::size_t section_line() const;
  const toml::node& required(std::string_view key) const;
  [[noreturn]] void reject(const toml::node& node, std::string_view key,
                           const std::string& complaint) const;
  Secret secret_from_file(const std::string& file_key) const;
  void warn_if_readable_by_everybody(const std::filesystem::path& secret_file,
                                     std::string_view key) const;

  const Document& document_;
  std::vector<std::string>& warnings_;
  std::string name_;
  const toml::table* table_;  ///< nullptr: the section is missing
};

}  // namespace hookspool::config
