#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace hookspool::receiver {

/// What stands in the eight bytes in front of each record.
struct RecordHeader {
  unsigned char type = 0;
  unsigned id = 0;  ///< of the request; 0 for management
  std::size_t content = 0;
  std::size_t padding = 0;

  /// Bytes of the whole record.
  std::size_t whole() const;
};

/// The header that `bytes` begin with; nothing if that is not there whole, or of another version.
std::optional<RecordHeader> header_of(std::string_view bytes);

/// Writes a header into the eight bytes at `to`. \pre the id and the lengths fit into theirs
void write_header(char* to, const RecordHeader& header);

/// Whether the content of an FCGI_BEGIN_REQUEST asks for what we are, a responder.
bool is_responders(std::string_view begin_request);

/// What the bytes that have arrived on a connection since its last request ended amount to.
struct Framing {
  enum class Kind {
    kPart,       ///< less than a request, so far
    kWhole,      ///< a request with its body: reading it waits for nothing
    kUnsifted,   ///< there is what libfcgi must not see: fastcgi_sieve.h
    kNoRequest,  ///< no FastCGI: waiting for more is of no use
  };

  Kind kind = Kind::kPart;
  std::size_t size = 0;  ///< of a whole request, behind which others may follow
};

/// Tells which of these `bytes` are. A request goes from FCGI_BEGIN_REQUEST over the empty
/// FCGI_PARAMS record, without which libfcgi takes FCGI_STDIN for the parameters' end, to the empty
/// FCGI_STDIN record. Were less than that taken for a whole request, the reading thread would wait
/// for the rest. Padding of the first and of the empty ones is unsifted, too: libfcgi takes it
/// for records, or leaves it for the next request.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
Framing framing_of(std::string_view bytes);

}  // namespace hookspool::receiver
