#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"
#include "strava/http_headers.h"

namespace hookspool::strava {

enum class HttpMethod { kGet, kPost, kDelete };

/// "GET"
std::string_view name_of(HttpMethod method);

/// What is asked of a server. Wherever a secret may stand the type says so, and only there: `url`
/// and `headers` may appear in messages and logs.
struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;  ///< http or https, without a query that holds a secret
  HttpHeaders headers;
  /// Sent after "?"; already percent-encoded. Strava wants the client secret here to list
  /// subscriptions.
  Secret query;
  /// Sent as "Authorization: Bearer …", the only place where a token travels.
  Secret bearer_token;
  /// "id:secret", sent as "Authorization: Basic …" (RFC 7617).
  Secret basic_credentials;
  /// Sent as it is; its Content-Type stands in `headers`.
  Secret body;
  /// Whether the answer shall tell when the server's certificate expires.
  bool wants_certificate = false;
};

/// What the server answered, whatever the status.
struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;  ///< decompressed
  /// Of the server's own certificate; where it was wanted, and TLS was used.
  std::optional<Timestamp> certificate_expires = std::nullopt;
};

/// What kept a request from being answered. Told apart where a person has something else to do.
enum class TransportFault {
  kNoConnection,  ///< the name, or the address behind it, cannot be reached from here
  kTls,           ///< the certificate, or what else TLS wants, is not in order
  kTimeout,       ///< there was a connection, but no whole answer in time
  kWithdrawn,     ///< it was never sent: we took it back
  kOther,         ///< cut off, too large, nonsense
};

/// There was no whole answer. Whether the server carried the request out is unknown, unless it was
/// withdrawn.
struct TransportFailure {
  std::string reason;  ///< a sentence that names method and URL, and no secret
  TransportFault fault = TransportFault::kOther;
};

using HttpResult = std::variant<HttpResponse, TransportFailure>;

/// Sends requests over the network without waiting for them: the seam where tests put their fakes.
///
/// One thread uses a transport; nothing happens outside its calls.
class HttpTransport {
 public:
  using Completion = std::function<void(HttpResult)>;

  /// Drops the requests under way without calling their completions.
  virtual ~HttpTransport() = default;

  /// Begins a request and returns at once. `completion` is called exactly once, from inside a later
  /// wait(), also when nothing could be sent at all. What it refers to must live until then, or
  /// there must be no later wait().
  /// \throws Error  (kSoftware) out of memory, or the library refuses to work; `completion` is not
  ///                called then
  virtual void start(HttpRequest request, Completion completion) = 0;

  /// Moves all requests on until the first of these: at least one completion was called; one of the
  /// descriptors `wake_on` can be read (inotify, signalfd; the caller reads it); `timeout` has
  /// passed. May return earlier, with nothing done.
  ///
  /// Completions may call start(), not wait(). What a completion throws comes out of wait()
  /// unchanged; the other requests go on, and those that have ended are told by the next wait().
  /// \throws Error  (kSoftware) as start() does
  virtual void wait(std::chrono::milliseconds timeout, std::span<const int> wake_on) = 0;

  /// Takes back the requests that no wait() has begun to send, those among them that completions
  /// started during the last: the next wait() ends them as kWithdrawn.
  virtual void withdraw() = 0;

  /// How many requests were started whose completion has not been called.
  virtual std::size_t in_flight() const = 0;
};

/// Begins a call that ends by a completion taking a T, and waits for that end: for programs that
/// have nothing else to do. Completions of other requests may be called meanwhile. Must not be
/// called from a completion.
///
///     const auto tokens = wait_for<Result<Tokens>>(
///         transport, [&](auto done) { oauth.refresh(refresh_token, done); });
template <typename T, typename Begin>
T wait_for(HttpTransport& transport, Begin begin) {
  // Shared, because wait() may throw what belongs to another request while this one goes on.
  const auto outcome = std::make_shared<std::optional<T>>();
  begin([outcome](T value) { *outcome = std::move(value); });
  while (!*outcome) transport.wait(std::chrono::hours(1), {});
  return std::move(**outcome);
}

/// Sends one request and waits for its end, as wait_for() does.
HttpResult perform(HttpTransport& transport, HttpRequest request);

}  // namespace hookspool::strava
