#pragma once

#include <stdexcept>
#include <string>

#include "base/exit_code.h"

namespace hookspool {

/// A broken promise: something that must work did not. Expected outcomes are values instead.
///
/// what() is a sentence for the person who can act: what happened, to which file or object, and
/// what to do about it. It holds no secret.
class Error : public std::runtime_error {
 public:
  Error(ExitCode exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}

  /// The code that a program ends with when nobody closer can mend it.
  ExitCode exit_code() const { return exit_code_; }

 private:
  ExitCode exit_code_;
};

/// hookspool.toml, or a file that it names, is wrong. The message names file, line and key.
class ConfigurationError : public Error {
 public:
  explicit ConfigurationError(const std::string& message)
      : Error(ExitCode::kConfiguration, message) {}
};

/// The operating system refused a call.
class SystemError : public Error {
 public:
  /// The message reads "cannot <action>: <strerror(error_number)>"; `action` names call and object,
  /// for example "open /var/spool/hookspool/current".
  SystemError(const std::string& action, int error_number, ExitCode exit_code = ExitCode::kSystem);

  /// The errno of the call that failed.
  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

}  // namespace hookspool
