#pragma once

#include <string>

namespace hookspool::receiver {

/// What goes back to the web server.
struct Response {
  int status = 200;
  std::string content_type;
  /// Further header lines, each ended by \r\n.
  std::string extra_headers;
  std::string body;
};

/// A line of text for a person, with a newline added.
Response text_response(int status, const std::string& line);

/// The answer while the spool takes no records: 503, so that Strava tries again.
Response spool_unavailable();

/// The answer of a CGI program that cannot do anything, as without a configuration: 503, too.
Response cannot_serve();

/// The response as CGI/1.1 (RFC 3875, section 6) and FastCGI want it: a Status line, headers, an
/// empty line, and the body unless `head` says that a HEAD request is answered.
std::string serialize(const Response& response, bool head);

}  // namespace hookspool::receiver
