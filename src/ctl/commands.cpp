#include "ctl/commands.h"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace hookspool::ctl {

void add_json_flag(CLI::App& command, CommandLine& line) {
  command.add_flag("--json", line.json, "print JSON, for programs");
}

const CLI::Validator& positive() {
  static const CLI::Validator validator(
      [](const std::string& text) {
        std::int64_t number = 0;
        const char* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, number);
        const bool fits = error == std::errc{} && end == last && number > 0;
        return fits ? std::string() : text + " is not a positive 64-bit number";
      },
      "");
  return validator;
}

}  // namespace hookspool::ctl
