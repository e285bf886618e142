#include "ctl/prompt.h"

#include <unistd.h>

#include <iostream>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

std::string ask_once(const Question& question) {
  std::cerr << question.text;
  if (!question.default_value.empty()) std::cerr << " [" << question.default_value << "]";
  std::cerr << ": " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) {
    throw Error(ExitCode::kUsage, "there was no answer to \"" + question.text + "\"");
  }
  return answer.empty() ? question.default_value : answer;
}

}  // namespace

std::string answer_to(const Question& question, const std::optional<std::string>& option) {
  if (option) {
    const std::string complaint = question.complaint_about(*option);
    if (complaint.empty()) return *option;
    throw Error(ExitCode::kUsage, question.option + ": " + complaint);
  }
  if (!is_interactive()) {
    if (!question.default_value.empty()) return question.default_value;
    throw Error(ExitCode::kUsage, question.option + " is missing, and nobody is there to be asked");
  }
  while (true) {
    std::string answer = ask_once(question);
    const std::string complaint = question.complaint_about(answer);
    if (complaint.empty()) return answer;
    std::cerr << "  " << complaint << '\n';
  }
}

bool is_interactive() {
  return ::isatty(STDIN_FILENO) == 1;
}

}  // namespace hookspool::ctl
