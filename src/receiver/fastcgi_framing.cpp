#include "receiver/fastcgi_framing.h"

#include <fastcgi.h>

#include <string>

namespace hookspool::receiver {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

unsigned two_bytes_at(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

/// More than any header that a web server takes, and few enough that libfcgi can add two of them.
constexpr std::size_t kLongestParameter = 1024 * 1024;

/// What there is so far of a request's parameters.
class Parameters {
 public:
  void add(std::string_view content) { text_ += content; }

  /// False if one of them says that it is too long to be true. libfcgi believes it, allocates as
  /// much, and takes the program down when it cannot.
  bool are_sound() const {
    std::string_view rest = text_;
    while (true) {
      const auto name = take_length(rest);
      const auto value = name ? take_length(rest) : std::nullopt;
      if (name.value_or(0) > kLongestParameter || value.value_or(0) > kLongestParameter) {
        return false;
      }
      if (!value || rest.size() < *name + *value) return true;
      rest.remove_prefix(*name + *value);
    }
  }

 private:
  std::string text_;
};

}  // namespace

std::optional<std::size_t> take_length(std::string_view& content) {
  if (content.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(content.front());
  const std::size_t size = first < 0x80 ? 1 : 4;
  if (content.size() < size) return std::nullopt;
  std::size_t length = first & 0x7FU;
  for (std::size_t i = 1; i < size; ++i) {
    length = length << 8 | static_cast<unsigned char>(content[i]);
  }
  content.remove_prefix(size);
  return length;
}

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
  std::optional<unsigned> request;
  Parameters parameters;
  bool has_parameters = false;
  while (!bytes.empty()) {
    if (byte_at(bytes, 0) != FCGI_VERSION_1) return Framing::kNoRequest;
    const auto header = header_of(bytes);
    if (!header) return Framing::kPart;
    const auto& [type, id, content, padding] = *header;
    if (type == FCGI_PARAMS && id == request && !has_parameters) {
      parameters.add(bytes.substr(FCGI_HEADER_LEN, content));
      if (!parameters.are_sound()) return Framing::kNoRequest;
    }
    if (bytes.size() < header->whole()) return Framing::kPart;
    const bool begins = type == FCGI_BEGIN_REQUEST && id != FCGI_NULL_REQUEST_ID && padding == 0 &&
                        is_responders(bytes.substr(FCGI_HEADER_LEN, content));
    if (!request && begins) {
      request = id;
    } else if (!request || id != request) {
      return Framing::kUnsifted;
    } else if (type == FCGI_PARAMS && !has_parameters) {
      if (content == 0 && padding != 0) return Framing::kUnsifted;
      has_parameters = content == 0;
    } else if (type == FCGI_STDIN && has_parameters) {
      if (content == 0 && padding != 0) return Framing::kUnsifted;
      if (content == 0) {
        return bytes.size() == header->whole() ? Framing::kWhole : Framing::kWholeAndMore;
      }
    } else if (type == FCGI_PARAMS || type == FCGI_STDIN) {
      return Framing::kNoRequest;
    } else {
      return Framing::kUnsifted;
    }
    bytes.remove_prefix(header->whole());
  }
  return Framing::kPart;
}

}  // namespace hookspool::receiver
