#include "receiver/fastcgi_framing.h"

#include <fastcgi.h>

namespace hookspool::receiver {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

unsigned two_bytes_at(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

}  // namespace

std::size_t RecordHeader::whole() const {
  return FCGI_HEADER_LEN + content + padding;
}

std::optional<RecordHeader> header_of(std::string_view bytes) {
  if (bytes.size() < FCGI_HEADER_LEN || byte_at(bytes, 0) != FCGI_VERSION_1) return std::nullopt;
  return RecordHeader{static_cast<unsigned char>(byte_at(bytes, 1)), two_bytes_at(bytes, 2),
                      two_bytes_at(bytes, 4), byte_at(bytes, 6)};
}

Framing framing_of(std::string_view bytes) {
  std::optional<unsigned> request;
  bool has_parameters = false;
  while (!bytes.empty()) {
    if (byte_at(bytes, 0) != FCGI_VERSION_1) return Framing::kNoRequest;
    const auto header = header_of(bytes);
    if (!header) return Framing::kPart;
    const auto& [type, id, content, padding] = *header;
    if (type == FCGI_ABORT_REQUEST && id == request) return Framing::kNoRequest;
    if (bytes.size() < header->whole()) return Framing::kPart;
    if (id == FCGI_NULL_REQUEST_ID) return Framing::kManagement;
    if (type == FCGI_BEGIN_REQUEST) {
      if (content != sizeof(FCGI_BeginRequestBody)) return Framing::kNoRequest;
      if (!request) request = id;
    } else if (id == request) {
      if (type != (has_parameters ? FCGI_STDIN : FCGI_PARAMS)) return Framing::kNoRequest;
      if (content == 0 && has_parameters) return Framing::kWhole;
      if (content == 0) has_parameters = true;
    }
    bytes.remove_prefix(header->whole());
  }
  return Framing::kPart;
}

}  // namespace hookspool::receiver
