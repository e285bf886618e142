#include "receiver/fastcgi_framing.h"

#include <fastcgi.h>

#include "receiver/parameter_lengths.h"

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

void write_header(char* to, const RecordHeader& header) {
  const auto put = [to](std::size_t at, std::size_t value) {
    to[at] = static_cast<char>(value >> 8);
    to[at + 1] = static_cast<char>(value);
  };
  to[0] = FCGI_VERSION_1;
  to[1] = static_cast<char>(header.type);
  put(2, header.id);
  put(4, header.content);
  to[6] = static_cast<char>(header.padding);
  to[7] = 0;
}

bool is_responders(std::string_view begin_request) {
  return begin_request.size() == sizeof(FCGI_BeginRequestBody) &&
         two_bytes_at(begin_request, 0) == FCGI_RESPONDER;
}

Framing framing_of(std::string_view bytes) {
  using Kind = Framing::Kind;
  const std::size_t all = bytes.size();
  std::optional<unsigned> request;
  ParameterLengths parameters;
  bool has_parameters = false;
  while (!bytes.empty()) {
    if (byte_at(bytes, 0) != FCGI_VERSION_1) return {Kind::kNoRequest};
    const auto header = header_of(bytes);
    if (!header) return {Kind::kPart};
    const auto& [type, id, content, padding] = *header;
    if (type == FCGI_PARAMS && id == request && !has_parameters) {
      if (!parameters.follow(bytes.substr(FCGI_HEADER_LEN, content))) return {Kind::kNoRequest};
    }
    if (bytes.size() < header->whole()) return {Kind::kPart};
    const bool begins = type == FCGI_BEGIN_REQUEST && id != FCGI_NULL_REQUEST_ID && padding == 0 &&
                        is_responders(bytes.substr(FCGI_HEADER_LEN, content));
    if (!request && begins) {
      request = id;
    } else if (!request || id != request) {
      return {Kind::kUnsifted};
    } else if (type == FCGI_PARAMS && !has_parameters) {
      if (content == 0 && padding != 0) return {Kind::kUnsifted};
      has_parameters = content == 0;
    } else if (type == FCGI_STDIN && has_parameters) {
      if (content == 0 && padding != 0) return {Kind::kUnsifted};
      if (content == 0) return {Kind::kWhole, all - bytes.size() + header->whole()};
    } else if (type == FCGI_PARAMS || type == FCGI_STDIN) {
      return {Kind::kNoRequest};
    } else {
      return {Kind::kUnsifted};
    }
    bytes.remove_prefix(header->whole());
  }
  return {Kind::kPart};
}

}  // namespace hookspool::receiver
