#include "receiver/fastcgi_framing.h"

#include <fastcgi.h>

#include <cstddef>

namespace hookspool::receiver {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

bool holds_whole_request(std::string_view bytes) {
  bool authorizer = false;
  while (bytes.size() >= FCGI_HEADER_LEN) {
    const unsigned type = byte_at(bytes, 1);
    const std::size_t content = byte_at(bytes, 4) << 8 | byte_at(bytes, 5);
    const std::size_t whole = FCGI_HEADER_LEN + content + byte_at(bytes, 6);
    if (byte_at(bytes, 0) != FCGI_VERSION_1 || type == FCGI_ABORT_REQUEST) return true;
    if (bytes.size() < whole) return false;
    if (type == FCGI_BEGIN_REQUEST && content >= 2) {
      authorizer = byte_at(bytes, FCGI_HEADER_LEN + 1) == FCGI_AUTHORIZER;
    }
    if (content == 0 && (type == FCGI_STDIN || (type == FCGI_PARAMS && authorizer))) return true;
    bytes.remove_prefix(whole);
  }
  return !bytes.empty() && byte_at(bytes, 0) != FCGI_VERSION_1;
}

}  // namespace hookspool::receiver
