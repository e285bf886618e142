#include "deployment/page.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "base/file_content.h"

namespace hookspool::deployment {

std::string code_in(const std::string& page, const std::string& first_line) {
  constexpr std::size_t kIndentation = 4;
  const std::string text = read_file(page);
  const std::size_t begin = text.find("    " + first_line + "\n");
  if (begin == std::string::npos) throw std::runtime_error(page + " has no line " + first_line);
  std::istringstream lines(text.substr(begin));
  std::string code;
  for (std::string line; std::getline(lines, line) && (line.empty() || line[0] == ' ');) {
    code += line.substr(std::min(line.size(), kIndentation)) + "\n";
  }
  return code;
}

}  // namespace hookspool::deployment
