#pragma once

#include <string_view>

namespace hookspool::receiver {

/// Whether `bytes`, what has arrived on a connection since its last request ended, hold a whole
/// FastCGI request: up to the empty FCGI_STDIN record, or to the empty FCGI_PARAMS record for an
/// authorizer. Also true for what can be no request, since waiting for more of it is of no use, and
/// for an abort.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
bool holds_whole_request(std::string_view bytes);

}  // namespace hookspool::receiver
