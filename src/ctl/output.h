#pragma once

#include <json/value.h>

#include <string>

#include "ctl/table.h"

namespace hookspool::ctl {

/// Where a command's results go: standard output, for a person or, after --json, for a program.
/// Warnings and errors go through the log, to standard error.
class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }

  /// Indented, in ASCII, so that no text in it can speak to a terminal.
  void print(const Json::Value& value);
  /// Headings stand out on a terminal, unless NO_COLOR is set (https://no-color.org).
  void print(const Table& table);
  /// As it is, and a newline.
  void print(const std::string& text);
  /// As it is.
  void print_unchanged(const std::string& text);

  /// The text so that it stands out, where headings do.
  std::string emphasized(const std::string& text) const;

  /// Hands over what is still buffered.
  /// \throws Error  it could not all be written, to a full disk for example
  void finish();

 private:
  bool json_;
};

}  // namespace hookspool::ctl
