#include "base/error.h"

#include <system_error>

namespace hookspool {

SystemError::SystemError(const std::string& action, int error_number, ExitCode exit_code)
    : Error(exit_code, "cannot " + action + ": " +
                           std::error_code(error_number, std::generic_category()).message()),
      error_number_(error_number) {}

}  // namespace hookspool
