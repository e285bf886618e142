#include "receiver/management_records.h"

#include <fastcgi.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "receiver/fastcgi_framing.h"

namespace hookspool::receiver {
namespace {

/// One request at a time on a connection, and as many connections as the client likes to try.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kValues{{
    {FCGI_MAX_CONNS, "1024"},
    {FCGI_MAX_REQS, "1024"},
    {FCGI_MPXS_CONNS, "0"},
}};

std::string record(unsigned char type, std::string_view content) {
  std::string bytes{static_cast<char>(FCGI_VERSION_1), static_cast<char>(type), 0, 0};
  bytes.push_back(static_cast<char>(content.size() >> 8));
  bytes.push_back(static_cast<char>(content.size() & 0xFF));
  bytes.append(2, '\0');
  return bytes.append(content);
}

/// What is asked for and unknown is left out, as the specification wants it.
std::string values_asked_for(std::string_view content) {
  std::string pairs;
  while (!content.empty()) {
    const auto name_length = take_length(content);
    const auto value_length = take_length(content);
    if (!name_length || !value_length || content.size() < *name_length + *value_length) break;
    const std::string_view name = content.substr(0, *name_length);
    for (const auto& [known, value] : kValues) {
      if (name != known) continue;
      pairs.push_back(static_cast<char>(known.size()));
      pairs.push_back(static_cast<char>(value.size()));
      pairs.append(known).append(value);
    }
    content.remove_prefix(*name_length + *value_length);
  }
  return pairs;
}

std::string answer_to(const RecordHeader& header, std::string_view content) {
  if (header.type == FCGI_GET_VALUES) {
    return record(FCGI_GET_VALUES_RESULT, values_asked_for(content));
  }
  std::string unknown{static_cast<char>(header.type)};
  return record(FCGI_UNKNOWN_TYPE, unknown.append(7, '\0'));
}

}  // namespace

std::string take_management_records(std::string& bytes) {
  // More at once is no client that wants to know something.
  constexpr int kMostAtOnce = 64;
  std::string answers;
  std::size_t at = 0;
  int taken = 0;
  while (const auto header = header_of(std::string_view(bytes).substr(at))) {
    if (bytes.size() - at < header->whole() || taken == kMostAtOnce) break;
    if (header->id != FCGI_NULL_REQUEST_ID) {
      at += header->whole();
      continue;
    }
    const std::string_view content =
        std::string_view(bytes).substr(at + FCGI_HEADER_LEN, header->content);
    answers += answer_to(*header, content);
    bytes.erase(at, header->whole());
    ++taken;
  }
  return answers;
}

}  // namespace hookspool::receiver
