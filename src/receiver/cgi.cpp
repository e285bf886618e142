#include "receiver/cgi.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "spool/journal.h"
#include "spool/record.h"

namespace hookspool::receiver {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Zero for no or no sensible CONTENT_LENGTH: RFC 3875 has no body then.
std::uint64_t content_length() {
  const std::string text = variable("CONTENT_LENGTH");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  return error == std::errc{} && end == text.data() + text.size() ? length : 0;
}

/// Exactly `length` bytes: standard input may never come to an end (RFC 3875, section 4.2). Fewer
/// if it ends before.
std::string read_body(std::size_t length) {
  std::string body(length, '\0');
  std::size_t have = 0;
  while (have < length) {
    const ssize_t got = ::read(STDIN_FILENO, body.data() + have, length - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  body.resize(have);
  return body;
}

Request read_request(std::size_t max_body) {
  Request request;
  request.method = variable("REQUEST_METHOD");
  request.query = variable("QUERY_STRING");
  request.signature = variable("HTTP_X_STRAVA_SIGNATURE");
  const std::uint64_t length = content_length();
  request.body_too_large = length > max_body;
  if (!request.body_too_large) request.body = read_body(static_cast<std::size_t>(length));
  return request;
}

void write_answer(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // The web server is gone; an event that is kept already is kept twice when Strava repeats it.
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool started_as_cgi() {
  return std::getenv("REQUEST_METHOD") != nullptr;
}

void serve_cgi(const Handler& handler, KnownSubscription& subscription, spool::FileSystem& files,
               const Clock& clock, const spool::Layout& layout, std::size_t max_body) {
  Request request = read_request(max_body);
  Decision decision = handler.handle(request, subscription.id());
  if (decision.record) {
    const Timestamp now = clock.now();
    try {
      spool::Journal(files, clock, layout)
          .append(spool::encode({now, spool::new_record_id(now), std::move(*decision.record),
                                 std::move(request.signature)}));
    } catch (const spool::SpoolUnavailable& unavailable) {
      log::error(std::string(unavailable.what()) + "; answered 503, Strava repeats the event");
      decision.response = spool_unavailable();
    }
  }
  write_answer(serialize(decision.response, request.method == "HEAD"));
}

}  // namespace hookspool::receiver
