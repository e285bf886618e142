#pragma once

#include <string_view>

namespace hookspool::receiver {

/// What the bytes that have arrived on a connection since its last request ended amount to.
enum class Framing {
  kPart,       ///< less than a request, so far
  kWhole,      ///< a request with its body: reading it waits for nothing
  kNoRequest,  ///< no FastCGI, or a request that was aborted: waiting for more is of no use
};

/// Tells which of these `bytes` are. A request goes from the first FCGI_BEGIN_REQUEST to the empty
/// FCGI_STDIN record of the same id, for libfcgi reads that far whatever the role, and skips what
/// belongs to other ids. Were less than that taken for a whole request, the reading thread would
/// wait for the rest.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
Framing framing_of(std::string_view bytes);

}  // namespace hookspool::receiver
