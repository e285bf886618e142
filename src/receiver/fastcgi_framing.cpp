#include "receiver/fastcgi_framing.h"

#include <fastcgi.h>

#include <cstddef>
#include <optional>

namespace hookspool::receiver {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

unsigned two_bytes_at(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

}  // namespace

Framing framing_of(std::string_view bytes) {
  std::optional<unsigned> request;
  while (!bytes.empty()) {
    if (byte_at(bytes, 0) != FCGI_VERSION_1) return Framing::kNoRequest;
    if (bytes.size() < FCGI_HEADER_LEN) return Framing::kPart;
    const unsigned type = byte_at(bytes, 1);
    const unsigned id = two_bytes_at(bytes, 2);
    const unsigned content = two_bytes_at(bytes, 4);
    const std::size_t whole = FCGI_HEADER_LEN + content + byte_at(bytes, 6);
    if (type == FCGI_ABORT_REQUEST && id == request) return Framing::kNoRequest;
    if (bytes.size() < whole) return Framing::kPart;
    if (type == FCGI_BEGIN_REQUEST && !request) request = id;
    if (type == FCGI_STDIN && content == 0 && id == request) return Framing::kWhole;
    bytes.remove_prefix(whole);
  }
  return Framing::kPart;
}

}  // namespace hookspool::receiver
