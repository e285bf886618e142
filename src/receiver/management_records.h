#pragma once

#include <string>

namespace hookspool::receiver {

/// Takes the whole management records, those with the request id 0, out of `bytes`, which begin
/// with a record, and returns the records that answer them. Some clients ask for FCGI_GET_VALUES
/// before they send the first request, and wait.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S4
std::string take_management_records(std::string& bytes);

}  // namespace hookspool::receiver
