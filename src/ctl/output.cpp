#include "ctl/output.h"

#include <json/writer.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

bool may_use_bold() {
  const char* const no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

void Output::print(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "  ";
  builder["precision"] = 15;  // so that 12345.6 is not written 12345.600000000000364
  print(Json::writeString(builder, value));
}

void Output::print(const Table& table) {
  std::cout << table.text(may_use_bold());
}

void Output::print(const std::string& text) {
  std::cout << text << '\n';
}

void Output::print_unchanged(const std::string& text) {
  std::cout << text;
}

std::string Output::emphasized(const std::string& text) const {
  return may_use_bold() ? "\x1b[1m" + text + "\x1b[0m" : text;
}

void Output::finish() {
  if (!std::cout.flush()) {
    throw Error(ExitCode::kCannotCreate, "cannot write all results to standard output");
  }
}

}  // namespace hookspool::ctl
