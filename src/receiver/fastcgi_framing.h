#pragma once

#include <cstddef>
#include <optional>
#include <string>
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

/// A length in front of a name or a value: of one byte, or of four if the highest bit is set. Taken
/// off `content`; nothing if that is not there whole.
std::optional<std::size_t> take_length(std::string_view& content);

/// What the bytes that have arrived on a connection since its last request ended amount to.
enum class Framing {
  kPart,          ///< less than a request, so far
  kWhole,         ///< a request with its body: reading it waits for nothing
  kWholeAndMore,  ///< the same, with bytes behind it, which should have waited for the answer
  kUnfit,         ///< it holds what libfcgi must not see, which is to be taken out first
  kNoRequest,     ///< no FastCGI, or a request that was aborted: waiting for more is of no use
};

/// Tells which of these `bytes` are. A request goes from the first FCGI_BEGIN_REQUEST to the empty
/// FCGI_STDIN record of the same id, for libfcgi reads that far whatever the role, and skips what
/// belongs to other ids. Before that there must be the empty FCGI_PARAMS record, or libfcgi takes
/// FCGI_STDIN for the parameters' end. Were less than that taken for a whole request, the reading
/// thread would wait for the rest.
///
/// Unfit for libfcgi are management records, for it writes the values that are asked for, as often
/// as they are, into 64 bytes; and padding of FCGI_BEGIN_REQUEST or of the empty FCGI_PARAMS, which
/// it takes for records.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
Framing framing_of(std::string_view bytes);

/// Makes the same of `bytes`, which begin with a record, in as few bytes as it takes: the padding
/// is taken off every whole record, and what one stream has in neighbouring records is put into
/// one.
void compact(std::string& bytes);

}  // namespace hookspool::receiver
