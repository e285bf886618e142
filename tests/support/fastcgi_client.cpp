#include "support/fastcgi_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace hookspool::test {

namespace fastcgi {
namespace {

constexpr unsigned char kVersion = 1;
constexpr unsigned char kBeginRequest = 1;
constexpr std::size_t kLongestContent = 0xFFFF;

void append_length(std::string& out, std::size_t length) {
  if (length < 0x80) {
    out.push_back(static_cast<char>(length));
    return;
  }
  for (const int shift : {24, 16, 8, 0}) {
    out.push_back(static_cast<char>(length >> shift | (shift == 24 ? 0x80 : 0)));
  }
}

}  // namespace

std::string record(unsigned char type, std::uint16_t id, std::string_view content,
                   unsigned char padding) {
  std::string bytes;
  bytes.push_back(static_cast<char>(kVersion));
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(id >> 8));
  bytes.push_back(static_cast<char>(id));
  bytes.push_back(static_cast<char>(content.size() >> 8));
  bytes.push_back(static_cast<char>(content.size()));
  bytes.push_back(static_cast<char>(padding));
  bytes.push_back(0);
  return bytes.append(content).append(padding, '\0');
}

std::string begin(const Begin& begin) {
  std::string content(8, '\0');
  content[1] = static_cast<char>(begin.role);
  content[2] = begin.keep ? 1 : 0;
  return record(kBeginRequest, begin.id, content);
}

std::string stream(unsigned char type, std::uint16_t id, std::string_view content) {
  std::string bytes;
  for (std::size_t at = 0; at < content.size(); at += kLongestContent) {
    bytes += record(type, id, content.substr(at, kLongestContent));
  }
  return bytes;
}

std::string parameters(std::uint16_t id, const Parameters& parameters) {
  std::string pairs;
  for (const auto& [name, value] : parameters) {
    append_length(pairs, name.size());
    append_length(pairs, value.size());
    pairs += name;
    pairs += value;
  }
  return stream(kParameters, id, pairs) + record(kParameters, id, "");
}

std::string request(const Begin& how, const Parameters& names, std::string_view body) {
  return begin(how) + parameters(how.id, names) + stream(kStandardInput, how.id, body) +
         record(kStandardInput, how.id, "");
}

Parameters get(const std::string& query) {
  return {{"REQUEST_METHOD", "GET"}, {"QUERY_STRING", query}};
}

Parameters post(std::size_t content_length) {
  return {{"REQUEST_METHOD", "POST"},
          {"QUERY_STRING", ""},
          {"CONTENT_TYPE", "application/json"},
          {"CONTENT_LENGTH", std::to_string(content_length)}};
}

}  // namespace fastcgi

namespace {

constexpr std::size_t kHeaderLength = 8;
constexpr unsigned char kEndRequest = 3;
constexpr unsigned char kStandardOutput = 6;

std::size_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

FastCgiAnswer parse_answer(const std::string& output, unsigned char protocol_status) {
  FastCgiAnswer answer;
  answer.protocol_status = protocol_status;
  const std::size_t end = output.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.headers = output.substr(0, end + 2);
  answer.body = output.substr(end + 4);
  answer.status = std::atoi(answer.header("Status").c_str());
  return answer;
}

}  // namespace

std::string FastCgiAnswer::header(const std::string& name) const {
  const std::string all = "\r\n" + headers;
  const std::string wanted = "\r\n" + name + ": ";
  const std::size_t at = all.find(wanted);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + wanted.size();
  return all.substr(begin, all.find("\r\n", begin) - begin);
}

FastCgiClient::FastCgiClient(const std::filesystem::path& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  std::memcpy(address.sun_path, text.c_str(), std::min(text.size(), sizeof address.sun_path - 1));
  constexpr timeval kLimit{10, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kLimit, sizeof kLimit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kLimit, sizeof kLimit);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!socket_ || ::connect(socket_.get(), generic, sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + text + ": " + std::strerror(errno));
  }
}

bool FastCgiClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void FastCgiClient::end_sending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

std::optional<FastCgiAnswer> FastCgiClient::receive(std::uint16_t id) {
  while (!finished_.contains(id)) {
    if (!read_record()) return std::nullopt;
  }
  auto answer = finished_.extract(id);
  return std::move(answer.mapped());
}

std::optional<FastCgiAnswer> FastCgiClient::ask(const fastcgi::Parameters& parameters,
                                                std::string_view body, bool keep) {
  send(fastcgi::request({.keep = keep}, parameters, body));
  return receive();
}

std::string FastCgiClient::receive_values() {
  while (values_.empty() && read_record()) {
  }
  return std::exchange(values_, "");
}

bool FastCgiClient::is_closed_by_peer() {
  char byte = 0;
  const ssize_t got = ::recv(socket_.get(), &byte, 1, 0);
  // A peer that closes with something unread resets the connection.
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

/// Reads one record and files what it holds; false if the connection ends.
bool FastCgiClient::read_record() {
  std::array<char, 4096> chunk;
  while (true) {
    if (unread_.size() >= kHeaderLength) {
      const std::size_t content = byte_at(unread_, 4) << 8 | byte_at(unread_, 5);
      const std::size_t whole = kHeaderLength + content + byte_at(unread_, 6);
      if (unread_.size() >= whole) {
        const auto id = static_cast<std::uint16_t>(byte_at(unread_, 2) << 8 | byte_at(unread_, 3));
        const std::string data = unread_.substr(kHeaderLength, content);
        const std::size_t type = byte_at(unread_, 1);
        unread_.erase(0, whole);
        if (type == kStandardOutput) output_[id] += data;
        if (type == fastcgi::kGetValuesResult) values_ += data;
        if (type == kEndRequest) {
          finished_[id] =
              parse_answer(std::exchange(output_[id], ""), static_cast<unsigned char>(data.at(4)));
        }
        return true;
      }
    }
    const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    unread_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace hookspool::test
