#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace hookspool::test {

/// The records of a FastCGI request as bytes, to be sent whole, in pieces, or wrongly.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html
namespace fastcgi {

using Parameters = std::map<std::string, std::string>;

enum class Role : std::uint16_t { kResponder = 1, kAuthorizer = 2, kFilter = 3 };

struct Begin {
  std::uint16_t id = 1;
  bool keep = false;  ///< the connection
  Role role = Role::kResponder;
};

constexpr unsigned char kAbortRequest = 2;
constexpr unsigned char kParameters = 4;
constexpr unsigned char kStandardInput = 5;
constexpr unsigned char kGetValues = 9;
constexpr unsigned char kGetValuesResult = 10;

std::string record(unsigned char type, std::uint16_t id, std::string_view content,
                   unsigned char padding = 0);
std::string begin(const Begin& begin);
/// Records that hold `content`, without the empty one that ends a stream.
std::string stream(unsigned char type, std::uint16_t id, std::string_view content);
std::string parameters(std::uint16_t id, const Parameters& parameters);
std::string request(const Begin& begin, const Parameters& parameters, std::string_view body = "");

/// The parameters of a GET with that query, and of a POST with a body of that size.
Parameters get(const std::string& query = "");
Parameters post(std::size_t content_length);

}  // namespace fastcgi

/// What came back for one request.
struct FastCgiAnswer {
  int status = 0;
  std::string headers;
  std::string body;
  unsigned char protocol_status = 0;  ///< FCGI_REQUEST_COMPLETE is 0

  /// The value of a header; empty if there is none.
  std::string header(const std::string& name) const;
};

/// The web server's end of a FastCGI connection over a Unix socket: plain records, with no idea of
/// its own about what is right. Waits at most ten seconds for anything.
class FastCgiClient {
 public:
  /// Connects. \throws std::runtime_error
  explicit FastCgiClient(const std::filesystem::path& socket);

  /// False if the peer has closed the connection.
  bool send(std::string_view bytes);
  /// Sends no more, and the peer sees the end.
  void end_sending();

  /// The answer to request `id`; answers to others are kept for later. Nothing if the connection
  /// ends before that.
  std::optional<FastCgiAnswer> receive(std::uint16_t id = 1);
  /// The name-value pairs of the answer to FCGI_GET_VALUES; empty if the connection ends before it.
  std::string receive_values();
  /// Sends a whole request and receives its answer.
  std::optional<FastCgiAnswer> ask(const fastcgi::Parameters& parameters, std::string_view body,
                                   bool keep = false);

  /// Whether the peer closes the connection without sending anything more.
  bool is_closed_by_peer();

  int fd() const { return socket_.get(); }

 private:
  bool read_record();

  Descriptor socket_;
  std::string unread_;
  std::map<std::uint16_t, std::string> output_;
  std::map<std::uint16_t, FastCgiAnswer> finished_;
  std::string values_;
};

}  // namespace hookspool::test
