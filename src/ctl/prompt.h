#pragma once

#include <functional>
#include <optional>
#include <string>

namespace hookspool::ctl {

/// Something that a command needs to know: from an option, or from the person at the terminal.
struct Question {
  std::string text;           ///< "Client id"
  std::string option;         ///< that answers it, too: "--client-id"
  std::string default_value;  ///< empty: there is none
  /// What is wrong with an answer, as a sentence; empty if nothing is.
  std::function<std::string(const std::string&)> complaint_about;
};

/// The option's value if it was given; else what the person answers, who is asked again as long as
/// there is a complaint; else, where nobody can be asked, the default.
/// \throws Error  the option's value is wrong, or nobody can be asked and there is no default
///                (kUsage), or the person ends the input
std::string answer_to(const Question& question, const std::optional<std::string>& option);

/// Whether there is a person to be asked.
bool is_interactive();

}  // namespace hookspool::ctl
