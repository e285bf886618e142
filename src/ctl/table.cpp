#include "ctl/table.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "strava/printable_text.h"

namespace hookspool::ctl {
namespace {

/// In characters. Wide and combining ones count as one: only the last column may hold such text
/// often, and nothing stands to its right.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(width_of(column.heading));
}

void Table::add_row(const std::vector<std::string>& cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row that does not fit its table");
  std::vector<std::string> row;
  for (const std::string& cell : cells) row.push_back(strava::printable(cell));
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width_of(row[i]));
  rows_.push_back(std::move(row));
}

std::string Table::text(bool bold) const {
  std::vector<std::string> headings;
  headings.reserve(columns_.size());
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text = bold ? "\x1b[1m" + line(headings) + "\x1b[0m\n" : line(headings) + "\n";
  for (const auto& row : rows_) text += line(row) + "\n";
  return text;
}

std::string Table::line(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths_[i] - width_of(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace hookspool::ctl
