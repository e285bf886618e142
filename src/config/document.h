#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "config/toml.h"

namespace hookspool::config {

/// A TOML file as it was read, all of whose sections are known; wiped when it ends, since any text
/// in it may be a secret.
class Document {
 public:
  /// \throws ConfigurationError  it cannot be read, is not TOML, or holds something else than the
  ///                             sections that we know; names file and line
  explicit Document(const std::filesystem::path& path);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  const std::filesystem::path& path() const { return path_; }
  const toml::table& table() const { return table_; }

  // Throw ConfigurationError, which says where.
  [[noreturn]] void reject(const toml::node& node, const std::string& complaint) const;
  /// `line` 0: none in particular.
  [[noreturn]] void reject(std::size_t line, const std::string& complaint) const;

 private:
  void check_section_names() const;

  std::filesystem::path path_;
  toml::table table_;
};

}  // namespace hookspool::config
