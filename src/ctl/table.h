#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hookspool::ctl {

/// Rows in columns that stand below each other, for a person.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string heading;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  /// One cell for each column. What others wrote is made printable, so that no name of an activity
  /// can speak to the terminal.
  void add_row(const std::vector<std::string>& cells);

  /// The headings and the rows, a line each; `bold` marks the headings for a terminal.
  std::string text(bool bold) const;

 private:
  std::string line(const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hookspool::ctl
