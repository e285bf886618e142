#include "ctl/help_text.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace hookspool::ctl {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::ptrdiff_t kLines = 24;
/// Where the descriptions of options and commands begin.
constexpr std::size_t kDescription = 25;

/// Breaks a line between words; what belongs to a description goes on below it. Text in paragraphs
/// has line ends of its own, and a command that is to be copied stays whole.
std::string broken(std::string line) {
  const bool is_description = line.starts_with("  ");
  if (!is_description) return line + "\n";
  std::string text;
  while (line.size() > kColumns) {
    const std::size_t space = line.rfind(' ', kColumns);
    if (space <= kDescription) break;
    text += line.substr(0, space) + "\n";
    line = std::string(kDescription, ' ') + line.substr(space + 1);
  }
  return text + line + "\n";
}

std::string without_empty_lines(const std::string& text) {
  std::string dense;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) dense += line + "\n";
  }
  return dense;
}

}  // namespace

HelpText::HelpText() {
  column_width(kDescription);
}

std::string HelpText::make_help(const CLI::App* app, std::string name,
                                CLI::AppFormatMode mode) const {
  std::string text;
  std::istringstream lines(CLI::Formatter::make_help(app, std::move(name), mode));
  for (std::string line; std::getline(lines, line);) text += broken(std::move(line));
  const bool fits = std::count(text.begin(), text.end(), '\n') <= kLines;
  return fits ? text : without_empty_lines(text);
}

std::string HelpText::make_option_opts(const CLI::Option* option) const {
  // Behind the colon stands the range, which the refusal of a wrong value names.
  const std::string name = option->get_type_name();
  return name.empty() ? "" : " " + name.substr(0, name.find(':'));
}

}  // namespace hookspool::ctl
