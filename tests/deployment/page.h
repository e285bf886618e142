#pragma once

#include <string>

namespace hookspool::deployment {

/// The lines of `page`, one of the documents, that are indented as code, from `first_line` to the
/// next that is not; without their indentation.
/// \throws std::runtime_error  there is no such line
std::string code_in(const std::string& page, const std::string& first_line);

}  // namespace hookspool::deployment
