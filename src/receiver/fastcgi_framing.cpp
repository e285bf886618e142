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

constexpr std::size_t kLongestContent = 0xFFFF;

/// Whether `next` holds more of the stream that `record` is part of, and fits into it. An empty
/// record is the stream's end, which stays what it is.
bool goes_on(const RecordHeader& record, const RecordHeader& next) {
  const bool is_stream = record.type == FCGI_PARAMS || record.type == FCGI_STDIN;
  return is_stream && next.type == record.type && next.id == record.id && record.content > 0 &&
         next.content > 0 && record.content + next.content <= kLongestContent;
}

void write_header(char* bytes, const RecordHeader& header) {
  const auto put = [&](std::size_t at, std::size_t value) {
    bytes[at] = static_cast<char>(value >> 8);
    bytes[at + 1] = static_cast<char>(value);
  };
  bytes[0] = FCGI_VERSION_1;
  bytes[1] = static_cast<char>(header.type);
  put(2, header.id);
  put(4, header.content);
  bytes[6] = static_cast<char>(header.padding);
}

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

Framing framing_of(std::string_view bytes) {
  std::optional<unsigned> request;
  Parameters parameters;
  bool has_parameters = false;
  while (!bytes.empty()) {
    if (byte_at(bytes, 0) != FCGI_VERSION_1) return Framing::kNoRequest;
    const auto header = header_of(bytes);
    if (!header) return Framing::kPart;
    const auto& [type, id, content, padding] = *header;
    if (type == FCGI_ABORT_REQUEST && id == request) return Framing::kNoRequest;
    if (type == FCGI_PARAMS && id == request && !has_parameters) {
      parameters.add(bytes.substr(FCGI_HEADER_LEN, content));
      if (!parameters.are_sound()) return Framing::kNoRequest;
    }
    if (bytes.size() < header->whole()) return Framing::kPart;
    if (id == FCGI_NULL_REQUEST_ID) return Framing::kUnfit;
    if (type == FCGI_BEGIN_REQUEST) {
      if (content != sizeof(FCGI_BeginRequestBody)) return Framing::kNoRequest;
      if (padding != 0) return Framing::kUnfit;
      if (!request) request = id;
    } else if (id == request) {
      if (type != (has_parameters ? FCGI_STDIN : FCGI_PARAMS)) return Framing::kNoRequest;
      if (content == 0 && has_parameters) {
        return bytes.size() == header->whole() ? Framing::kWhole : Framing::kWholeAndMore;
      }
      if (content == 0 && padding != 0) return Framing::kUnfit;
      if (content == 0) has_parameters = true;
    }
    bytes.remove_prefix(header->whole());
  }
  return Framing::kPart;
}

void compact(std::string& bytes) {
  std::string compacted;
  compacted.reserve(bytes.size());
  std::size_t last_record = 0;
  std::optional<RecordHeader> last;
  std::size_t at = 0;
  while (const auto header = header_of(std::string_view(bytes).substr(at))) {
    if (bytes.size() - at < header->whole()) break;
    const std::string_view content =
        std::string_view(bytes).substr(at + FCGI_HEADER_LEN, header->content);
    if (last && goes_on(*last, *header)) {
      last->content += content.size();
    } else {
      last = RecordHeader{header->type, header->id, content.size(), 0};
      last_record = compacted.size();
      compacted.append(FCGI_HEADER_LEN, '\0');
    }
    write_header(compacted.data() + last_record, *last);
    compacted.append(content);
    at += header->whole();
  }
  compacted.append(bytes, at);
  bytes.swap(compacted);
}

}  // namespace hookspool::receiver
