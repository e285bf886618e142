#include "spool/record.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "base/json_object.h"
#include "base/json_string.h"
#include "base/random_bytes.h"

namespace hookspool::spool {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kChecksumDigits = 8;

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out.push_back(kHexDigits[(value >> shift) & 0xF]);
  }
}

/// A header has bytes where JSON has characters: they are taken for ISO 8859-1, so that whatever
/// somebody sends as a signature leaves the line valid.
void append_json_string_of_header(std::string& out, std::string_view header) {
  std::string characters;
  for (const char c : header) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      characters.push_back(c);
    } else {
      characters.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      characters.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  append_json_string(out, characters);
}

using RandomBits = std::array<std::uint64_t, 2>;

/// Drawn from the system sixteen at a time: a call for each record would show in the benchmark.
RandomBits next_random_bits() {
  thread_local std::array<RandomBits, 16> drawn;
  thread_local std::size_t left = 0;
  if (left == 0) {
    fill_with_random(std::as_writable_bytes(std::span(drawn)));
    left = drawn.size();
  }
  return drawn[--left];
}

std::optional<std::uint32_t> parse_checksum(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string new_record_id(Timestamp now) {
  const RandomBits random = next_random_bits();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  constexpr std::uint64_t kVersion7 = 0x7000;
  constexpr std::uint64_t kVariant = 0x8000;
  std::string id;
  id.reserve(36);
  append_hex(id, static_cast<std::uint64_t>(milliseconds) >> 16, 8);
  id.push_back('-');
  append_hex(id, static_cast<std::uint64_t>(milliseconds) & 0xFFFF, 4);
  id.push_back('-');
  append_hex(id, kVersion7 | (random[0] & 0x0FFF), 4);
  id.push_back('-');
  append_hex(id, kVariant | ((random[0] >> 12) & 0x3FFF), 4);
  id.push_back('-');
  append_hex(id, random[1], 12);
  return id;
}

std::string encode(const Record& record) {
  std::string line(kChecksumDigits, '0');
  line.reserve(record.body.size() + record.body.size() / 4 + record.signature.size() + 160);
  line.append(R"( {"received":")").append(to_rfc3339(record.received));
  line.append(R"(","id":")").append(record.id).append(R"(","body":)");
  append_json_string(line, record.body);
  if (!record.signature.empty()) {
    line.append(R"(,"signature":)");
    append_json_string_of_header(line, record.signature);
  }
  line.push_back('}');

  std::string digits;
  append_hex(digits, checksum(std::string_view(line).substr(kChecksumDigits + 1)), kChecksumDigits);
  line.replace(0, kChecksumDigits, digits);
  line.push_back('\n');
  return line;
}

std::optional<Record> decode(std::string_view line) {
  if (line.size() <= kChecksumDigits || line[kChecksumDigits] != ' ') return std::nullopt;
  const std::string_view object = line.substr(kChecksumDigits + 1);
  if (parse_checksum(line.substr(0, kChecksumDigits)) != checksum(object)) return std::nullopt;

  const JsonObject members(object);
  const auto received = members.text("received");
  const auto id = members.text("id");
  const auto body = members.text("body");
  const auto signature = members.text("signature");
  if (!received || !id || !body || (!signature && members.find("signature") != nullptr)) {
    return std::nullopt;
  }
  try {
    return Record{from_rfc3339(std::string(*received)), std::string(*id), std::string(*body),
                  std::string(signature.value_or(""))};
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace hookspool::spool
