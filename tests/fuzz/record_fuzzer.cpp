// One line of a segment: the JSON object of a record, which gets its checksum here, and the same
// bytes as the body and the signature that a record is made of.

#include "spool/record.h"

#include <string>

#include "checksum.h"
#include "event/utf8.h"
#include "property.h"

namespace hookspool {
namespace {

using fuzz::expect;

/// What a header's bytes are as UTF-8 if they are taken for ISO 8859-1.
std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text.push_back(static_cast<char>(0xC0 | (byte >> 6)));
    text.push_back(byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F)));
  }
  return text;
}

void expect_survives(const spool::Record& record) {
  std::string line = spool::encode(record);
  expect(!line.empty() && line.back() == '\n', "a record ends with a newline");
  line.pop_back();
  expect(line.find('\n') == std::string::npos, "a record is one line");
  const auto decoded = spool::decode(line);
  expect(decoded.has_value(), "what was encoded is decoded");
  expect(decoded->received == record.received && decoded->id == record.id &&
             decoded->body == record.body && decoded->signature == from_latin1(record.signature),
         "a record is the same after the spool");
  line[line.size() / 2] = static_cast<char>(line[line.size() / 2] ^ 1);
  expect(!spool::decode(line), "a damaged line is no record");
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const std::string_view text = fuzz::text_of(data, size);
  spool::decode(text);
  if (const auto record = spool::decode(fuzz::with_checksum(text))) {
    // Its own id and body may be what encode() is never given; the time may be any.
    expect_survives({record->received, "id", "body", ""});
  }
  const std::string body(event::is_utf8(text) ? text : "");
  expect_survives({Timestamp(), spool::new_record_id(Timestamp()), body, std::string(text)});
  return 0;
}
