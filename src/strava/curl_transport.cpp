#include "strava/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "strava/certificate_authorities.h"

namespace hookspool::strava {
namespace {

constexpr const char* kUserAgent = "hookspool/" HOOKSPOOL_VERSION;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

[[noreturn]] void fail(const char* what, const char* reason) {
  throw Error(ExitCode::kSoftware, std::string("libcurl cannot ") + what + ": " + reason);
}

/// curl_global_init, once in the program's life. Never undone: other users of libcurl may remain.
void initialize_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) fail("be initialized", curl_easy_strerror(code));
}

/// A field list that grows by whole fields.
class FieldList {
 public:
  void add(const std::string& field) {
    curl_slist* const grown = curl_slist_append(list_.get(), field.c_str());
    if (grown == nullptr) fail("make a list of headers", "out of memory");
    // Appending returns the head, which is the same but for the first field.
    [[maybe_unused]] curl_slist* const same = list_.release();
    list_.reset(grown);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, ListDeleter> list_;
};

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  return line;
}

std::string_view without_leading_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

}  // namespace

/// One request on its way. Stays at one address, which libcurl knows.
class CurlTransport::Transfer {
 public:
  Transfer(HttpRequest request, Completion completion, const HttpLimits& limits)
      : request_(std::move(request)),
        completion_(std::move(completion)),
        largest_answer_(limits.largest_answer),
        easy_(curl_easy_init()) {
    if (!easy_) fail("make a request", "out of memory");
    set_target();
    set_limits(limits);
    set_safety();
    set_callbacks();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return easy_.get(); }

  void complete(CURLcode code) {
    if (code != CURLE_OK) return completion_(TransportFailure{explain(code), fault_of(code)});
    // libcurl takes a connection that is cut between two header lines for the end of an empty body,
    // and an empty 404 would be Strava's word that an activity is gone.
    if (!headers_ended_) {
      return completion_(TransportFailure{describe("the answer ended within its headers")});
    }
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (request_.wants_certificate) response_.certificate_expires = certificate_expiry();
    completion_(std::move(response_));
  }
  void complete_unsent() {
    completion_(TransportFailure{describe("it was withdrawn before it was sent"),
                                 TransportFault::kWithdrawn});
  }

 private:
  template <typename T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK) fail("set up a request", curl_easy_strerror(code));
  }

  void set_target() {
    const Secret url(request_.query.empty() ? request_.url
                                            : request_.url + "?" + request_.query.reveal());
    set(CURLOPT_URL, url.reveal().c_str());  // libcurl copies it
    set(CURLOPT_USERAGENT, kUserAgent);
    set(CURLOPT_ACCEPT_ENCODING, "");  // whatever this libcurl can undo
    if (request_.method != HttpMethod::kGet) {
      set(CURLOPT_POSTFIELDS, request_.body.reveal().c_str());
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.reveal().size()));
      set(CURLOPT_CUSTOMREQUEST, std::string(name_of(request_.method)).c_str());
    }
    for (const auto& [name, value] : request_.headers) fields_.add(name + ": " + value);
    if (!request_.bearer_token.empty()) {
      fields_.add("Authorization: Bearer " + request_.bearer_token.reveal());
    }
    if (!request_.basic_credentials.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERPWD, request_.basic_credentials.reveal().c_str());
    }
    set(CURLOPT_HTTPHEADER, fields_.get());
  }

  void set_limits(const HttpLimits& limits) {
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total_timeout.count()));
    // With CURLOPT_NOSIGNAL a peer that goes away in the middle of TLS would raise SIGPIPE. Without
    // it libcurl ignores that signal while it works; it uses no alarm, since its resolver is a
    // thread.
    set(CURLOPT_NOSIGNAL, 0L);
    // A request that is over does not wait for the thread that still asks for its host's address.
    // Older versions do.
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L);
#endif
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    // Rather share one HTTP/2 connection than open several at once. Where no TLS settles the
    // version at the start, requests would wait for the whole first answer to learn it.
    set(CURLOPT_PIPEWAIT, request_.url.starts_with("https:") ? 1L : 0L);
  }

  /// libcurl's defaults, all of them; written down because everything else depends on them.
  void set_safety() {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    // Heeded by the curl program, but not by libcurl.
    if (const auto authorities = find_certificate_authorities(); !authorities.empty()) {
      set(CURLOPT_CAINFO, authorities.c_str());
    }
    if (request_.wants_certificate) set(CURLOPT_CERTINFO, 1L);
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  }

  void set_callbacks() {
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_HEADERFUNCTION, &Transfer::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
    set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return taken({data, size}, static_cast<Transfer*>(self), &Transfer::add_header);
  }
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return taken({data, size}, static_cast<Transfer*>(self), &Transfer::add_body);
  }
  /// How much of it, so that anything less than all ends the transfer. libcurl is C: nothing may be
  /// thrown through it.
  static std::size_t taken(std::string_view data, Transfer* self,
                           bool (Transfer::*add)(std::string_view)) noexcept {
    try {
      return (self->*add)(data) ? data.size() : 0;
    } catch (const std::bad_alloc&) {
      return 0;
    }
  }

  bool fits(std::size_t size) {
    too_large_ = size > largest_answer_ - received_;
    if (!too_large_) received_ += size;
    return !too_large_;
  }

  bool add_header(std::string_view line) {
    if (!fits(line.size())) return false;
    // A new status line: what came before was only an interim answer (100, 103).
    if (line.starts_with("HTTP/")) {
      response_.headers.clear();
      headers_ended_ = false;
    }
    // Trailers, of which we want none.
    if (headers_ended_) return true;
    line = without_line_end(line);
    headers_ended_ = line.empty();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      response_.headers.add(std::string(line.substr(0, colon)),
                            std::string(without_leading_blanks(line.substr(colon + 1))));
    }
    return true;
  }

  bool add_body(std::string_view data) {
    if (!fits(data.size())) return false;
    response_.body.append(data);
    return true;
  }

  /// A connection attempt that took too long is none that was made.
  TransportFault fault_of(CURLcode code) const {
    // Zero on a connection that was there already, but by then the request has been sent.
    curl_off_t connected_after = 0;
    long sent = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connected_after);
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent);
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
        return TransportFault::kNoConnection;
      case CURLE_OPERATION_TIMEDOUT:
        return connected_after == 0 && sent == 0 ? TransportFault::kNoConnection
                                                 : TransportFault::kTimeout;
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
      case CURLE_SSL_ISSUER_ERROR:
        return TransportFault::kTls;
      default:
        return TransportFault::kOther;
    }
  }

  /// libcurl tells of each certificate of the chain in lines "name:value", the server's own first.
  std::optional<Timestamp> certificate_expiry() const {
    curl_certinfo* chain = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_CERTINFO, &chain);
    if (chain == nullptr || chain->num_of_certs == 0) return std::nullopt;
    constexpr std::string_view kName = "Expire date:";
    for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
      const std::string_view text = line->data;
      if (!text.starts_with(kName)) continue;
      const time_t time = curl_getdate(std::string(text.substr(kName.size())).c_str(), nullptr);
      if (time < 0) return std::nullopt;
      return Timestamp(std::chrono::seconds(time));
    }
    return std::nullopt;
  }

  std::string explain(CURLcode code) const {
    std::string reason = error_[0] == '\0' ? curl_easy_strerror(code) : error_.data();
    if (too_large_) {
      reason = "the answer is larger than " + std::to_string(largest_answer_) + " bytes";
    }
    return describe(reason);
  }

  std::string describe(const std::string& reason) const {
    return std::string(name_of(request_.method)) + " " + request_.url + ": " + reason;
  }

  HttpRequest request_;
  Completion completion_;
  HttpResponse response_;
  std::size_t largest_answer_;
  std::size_t received_ = 0;
  bool too_large_ = false;
  bool headers_ended_ = false;
  FieldList fields_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  // The last member: libcurl lets go of the others before they end.
  std::unique_ptr<CURL, EasyDeleter> easy_;
};

/// The requests on their way and the connections that they share.
class CurlTransport::Multi {
 public:
  explicit Multi(HttpLimits limits) : limits_(limits) {
    initialize_libcurl();
    multi_.reset(curl_multi_init());
    if (!multi_) fail("be set up", "out of memory");
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi() {
    for (const auto& [handle, transfer] : transfers_) {
      curl_multi_remove_handle(multi_.get(), handle);
    }
  }

  std::size_t in_flight() const { return transfers_.size() + withdrawn_.size(); }

  void add(HttpRequest request, Completion completion) {
    auto transfer = std::make_unique<Transfer>(std::move(request), std::move(completion), limits_);
    CURL* const handle = transfer->handle();
    transfers_.emplace(handle, std::move(transfer));
    const CURLMcode code = curl_multi_add_handle(multi_.get(), handle);
    if (code != CURLM_OK) {
      transfers_.erase(handle);
      fail("begin a request", curl_multi_strerror(code));
    }
    unsent_.push_back(handle);
  }

  void drive() {
    int running = 0;
    unsent_.clear();
    check(curl_multi_perform(multi_.get(), &running));
  }

  void withdraw() {
    for (CURL* const handle : std::exchange(unsent_, {})) {
      check(curl_multi_remove_handle(multi_.get(), handle));
      withdrawn_.push_back(std::move(transfers_.extract(handle).mapped()));
    }
  }

  /// Calls the completions of the requests that ended; whether there were any. One that throws
  /// leaves those after it for the next time.
  bool complete_finished() {
    bool any = false;
    while (!withdrawn_.empty()) {
      const auto transfer = std::move(withdrawn_.front());
      withdrawn_.pop_front();
      any = true;
      transfer->complete_unsent();
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message ends with the handle's membership.
      const CURLcode code = message->data.result;
      CURL* const handle = message->easy_handle;
      check(curl_multi_remove_handle(multi_.get(), handle));
      auto transfer = std::move(transfers_.extract(handle).mapped());
      any = true;
      transfer->complete(code);
    }
    return any;
  }

  /// Sleeps until something can be done; whether one of `wake_on` is readable.
  bool sleep(std::chrono::milliseconds timeout, std::span<const int> wake_on) {
    std::vector<curl_waitfd> descriptors;
    descriptors.reserve(wake_on.size());
    for (const int fd : wake_on) descriptors.push_back({fd, CURL_WAIT_POLLIN, 0});
    check(curl_multi_poll(multi_.get(), descriptors.data(),
                          static_cast<unsigned>(descriptors.size()),
                          static_cast<int>(timeout.count()), nullptr));
    return std::any_of(descriptors.begin(), descriptors.end(),
                       [](const curl_waitfd& descriptor) { return descriptor.revents != 0; });
  }

 private:
  static void check(CURLMcode code) {
    if (code != CURLM_OK) fail("go on with requests", curl_multi_strerror(code));
  }

  HttpLimits limits_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::vector<CURL*> unsent_;  ///< those that were added since libcurl was last driven
  std::deque<std::unique_ptr<Transfer>> withdrawn_;
};

CurlTransport::CurlTransport(HttpLimits limits) : multi_(std::make_unique<Multi>(limits)) {}

CurlTransport::~CurlTransport() = default;

void CurlTransport::start(HttpRequest request, Completion completion) {
  multi_->add(std::move(request), std::move(completion));
}

void CurlTransport::withdraw() {
  multi_->withdraw();
}

std::size_t CurlTransport::in_flight() const {
  return multi_->in_flight();
}

void CurlTransport::wait(std::chrono::milliseconds timeout, std::span<const int> wake_on) {
  using Steady = std::chrono::steady_clock;
  /// poll() counts in an int; a caller that waits longer comes back.
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);
  const auto deadline = Steady::now() + std::min(timeout, kLongest);
  while (true) {
    multi_->drive();
    if (multi_->complete_finished()) return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
    const bool woken = multi_->sleep(std::max(left, std::chrono::milliseconds(0)), wake_on);
    if (woken || left.count() <= 0) return;
  }
}

}  // namespace hookspool::strava
