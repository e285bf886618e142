#include "receiver/fastcgi_sieve.h"

#include <fastcgi.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "receiver/fastcgi_framing.h"
#include "receiver/parameter_lengths.h"

namespace hookspool::receiver {
namespace {

/// One request at a time on a connection, and as many connections as the client likes to try.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kValues{{
    {FCGI_MAX_CONNS, "1024"},
    {FCGI_MAX_REQS, "1024"},
    {FCGI_MPXS_CONNS, "0"},
}};

/// Who needs more of them before a request wants none served.
constexpr int kMostAnswers = 64;

constexpr std::size_t kLongestContent = 0xFFFF;

std::string record(const RecordHeader& header, std::string_view content) {
  std::string bytes(FCGI_HEADER_LEN, '\0');
  write_header(bytes.data(), header);
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

std::string management_answer(unsigned char type, std::string_view content) {
  if (type == FCGI_GET_VALUES) {
    // Whoever asks for one value a thousand times gets what fits into a record.
    const std::string pairs = values_asked_for(content).substr(0, kLongestContent);
    return record({FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, pairs.size(), 0}, pairs);
  }
  std::string unknown(sizeof(FCGI_UnknownTypeBody), '\0');
  unknown[0] = static_cast<char>(type);
  return record({FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, unknown.size(), 0}, unknown);
}

std::string end_of_request(unsigned id, unsigned char protocol_status) {
  constexpr std::size_t kProtocolStatus = 4;
  std::string content(sizeof(FCGI_EndRequestBody), '\0');
  content[kProtocolStatus] = static_cast<char>(protocol_status);
  return record({FCGI_END_REQUEST, id, content.size(), 0}, content);
}

/// Goes through the records of a connection, one after the other.
class Sieve {
 public:
  explicit Sieve(int& answered) : answered_(answered) {}

  /// False if what follows is none of its business.
  bool take(const RecordHeader& header, std::string_view content) {
    if (header.id == FCGI_NULL_REQUEST_ID) {
      answer(management_answer(header.type, content));
    } else if (header.type == FCGI_BEGIN_REQUEST) {
      begin(header, content);
    } else if (header.id == request_) {
      continue_request(header, content);
    }
    return !ended_ && !sifted_.is_over;
  }

  const std::string& kept() const { return kept_; }
  Sifted sifted() && { return std::move(sifted_); }

 private:
  void answer(const std::string& records) {
    sifted_.answers += records;
    if (++answered_ > kMostAnswers) sifted_.is_over = true;
  }

  void begin(const RecordHeader& header, std::string_view content) {
    if (!is_responders(content)) {
      answer(end_of_request(header.id, FCGI_UNKNOWN_ROLE));
      if (!request_) sifted_.is_over = true;
    } else if (request_) {
      answer(end_of_request(header.id, FCGI_CANT_MPX_CONN));
    } else {
      request_ = header.id;
      keep(header, content);
    }
  }

  void continue_request(const RecordHeader& header, std::string_view content) {
    if (header.type == FCGI_ABORT_REQUEST) {
      kept_.clear();
      answer(end_of_request(header.id, FCGI_REQUEST_COMPLETE));
      sifted_.is_over = true;
    } else if (header.type == FCGI_PARAMS || header.type == FCGI_STDIN) {
      keep(header, content);
      ended_ = header.type == FCGI_STDIN && content.empty();
    }
  }

  void keep(const RecordHeader& header, std::string_view content) {
    // An empty record is its stream's end, and remains one.
    const bool goes_on = last_.type == header.type && last_.content > 0 && !content.empty() &&
                         last_.content + content.size() <= kLongestContent;
    if (!goes_on) {
      last_ = {header.type, header.id, 0, 0};
      last_at_ = kept_.size();
      kept_.append(FCGI_HEADER_LEN, '\0');
    }
    last_.content += content.size();
    kept_.append(content);
    write_header(kept_.data() + last_at_, last_);
  }

  std::optional<unsigned> request_;
  bool ended_ = false;
  std::string kept_;
  RecordHeader last_;
  std::size_t last_at_ = 0;
  Sifted sifted_;
  int& answered_;
};

}  // namespace

Sifted sift(std::string& bytes, int& answered) {
  Sieve sieve(answered);
  std::size_t at = 0;
  bool goes_on = true;
  while (goes_on) {
    const std::string_view rest = std::string_view(bytes).substr(at);
    const auto header = header_of(rest);
    if (!header || rest.size() < header->whole()) break;
    goes_on = sieve.take(*header, rest.substr(FCGI_HEADER_LEN, header->content));
    at += header->whole();
  }
  bytes.replace(0, at, sieve.kept());
  return std::move(sieve).sifted();
}

}  // namespace hookspool::receiver
