#include "receiver/response.h"

#include <string_view>

namespace hookspool::receiver {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

Response try_again(const std::string& line) {
  Response response = text_response(503, line);
  // Strava has its own schedule, of about a minute; others may go by this.
  response.extra_headers = "Retry-After: 60\r\n";
  return response;
}

}  // namespace

Response text_response(int status, const std::string& line) {
  return {status, "text/plain; charset=utf-8", "", line + "\n"};
}

Response spool_unavailable() {
  return try_again("The event could not be kept just now; send it again.");
}

Response cannot_serve() {
  return try_again("hookspool cannot serve; the web server's error log says what is to be mended.");
}

std::string serialize(const Response& response, bool head) {
  std::string text;
  text.reserve(256 + response.body.size());
  text.append("Status: ").append(std::to_string(response.status)).append(" ");
  text.append(reason_of(response.status)).append("\r\nContent-Type: ");
  text.append(response.content_type).append("\r\nContent-Length: ");
  text.append(std::to_string(response.body.size()));
  text.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  text.append(response.extra_headers).append("\r\n");
  if (!head) text.append(response.body);
  return text;
}

}  // namespace hookspool::receiver
