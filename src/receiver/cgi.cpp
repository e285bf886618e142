#include "receiver/cgi.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "spool/journal.h"
#include "spool/record.h"

namespace hookspool::receiver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Nothing if the web server does not know it, as where the body came chunked. What is no number
/// counts as zero: RFC 3875 has no body then.
std::optional<std::uint64_t> content_length() {
  const std::string text = variable("CONTENT_LENGTH");
  if (text.empty()) return std::nullopt;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  return error == std::errc{} && end == text.data() + text.size() ? length : 0;
}

/// Reads what there is, at most `room`; 0 at the end.
std::size_t read_some(char* to, std::size_t room) {
  ssize_t got = ::read(STDIN_FILENO, to, room);
  while (got < 0 && errno == EINTR) got = ::read(STDIN_FILENO, to, room);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// A web server that hands over a body of unknown length does so without pauses; one that leaves
/// standard input open behind it is not waited for longer than a second. Strava waits two.
bool more_arrives(milliseconds patience = seconds(1)) {
  const int most = static_cast<int>(patience.count());
  pollfd input{STDIN_FILENO, POLLIN, 0};
  int ready = ::poll(&input, 1, most);
  while (ready < 0 && errno == EINTR) ready = ::poll(&input, 1, most);
  return ready > 0;
}

/// Exactly `length` bytes: standard input may never come to an end (RFC 3875, section 4.2). Fewer
/// if it ends before, or takes longer than some seconds.
std::string read_body(std::size_t length) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + seconds(10);
  const auto left = [end] {
    return std::max(std::chrono::ceil<milliseconds>(end - Steady::now()), milliseconds(0));
  };
  std::string body(length, '\0');
  std::size_t have = 0;
  while (have < length && more_arrives(left())) {
    const std::size_t got = read_some(body.data() + have, length - have);
    if (got == 0) break;
    have += got;
  }
  body.resize(have);
  return body;
}

/// To the end, but not much more than `limit` bytes.
std::string read_body_of_unknown_length(std::size_t limit) {
  std::string body;
  std::array<char, 4096> chunk;
  while (body.size() <= limit && more_arrives()) {
    const std::size_t got = read_some(chunk.data(), chunk.size());
    if (got == 0) break;
    body.append(chunk.data(), got);
  }
  return body;
}

/// Some web servers write all of a body before they read the answer, and take it for a failure if
/// they cannot. A body that is larger by far is nobody's event.
void discard_input() {
  constexpr std::uint64_t kMost = 1024UL * 1024;
  std::array<char, 4096> chunk;
  std::uint64_t left = std::min(content_length().value_or(kMost), kMost);
  while (left > 0 && more_arrives()) {
    const std::size_t got = read_some(chunk.data(), std::min<std::uint64_t>(chunk.size(), left));
    if (got == 0) return;
    left -= got;
  }
}

void read_body_into(Request& request, std::size_t max_body) {
  const auto length = content_length();
  if (length) {
    request.body_too_large = *length > max_body;
    if (!request.body_too_large) request.body = read_body(static_cast<std::size_t>(*length));
  } else if (request.method == "POST") {
    request.body = read_body_of_unknown_length(max_body);
    request.body_too_large = request.body.size() > max_body;
  }
  if (request.body_too_large) discard_input();
}

Request read_request(std::size_t max_body) {
  Request request;
  request.method = variable("REQUEST_METHOD");
  request.query = variable("QUERY_STRING");
  request.signature = variable("HTTP_X_STRAVA_SIGNATURE");
  read_body_into(request, max_body);
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

void refuse_cgi_request() {
  if (variable("REQUEST_METHOD") == "POST") discard_input();
  write_answer(serialize(cannot_serve(), variable("REQUEST_METHOD") == "HEAD"));
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
