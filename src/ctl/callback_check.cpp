#include "ctl/callback_check.h"

#include <chrono>
#include <fstream>
#include <utility>
#include <variant>

#include "base/random_token.h"
#include "strava/form.h"
#include "strava/http_status.h"
#include "strava/json_body.h"
#include "strava/printable_text.h"

namespace hookspool::ctl {
namespace {

using std::chrono::milliseconds;
using strava::HttpResponse;
using strava::TransportFailure;
using strava::TransportFault;

constexpr const char* kSubject = "callback";

/// Strava waits so long in all, its own way to us included.
constexpr milliseconds kStravasPatience{2000};
constexpr milliseconds kSlow{1000};

/// Time enough for a person to find out why the renewal does not work.
constexpr std::chrono::days kExpiresSoon{14};

Finding ok(std::string text) {
  return {Level::kOk, kSubject, std::move(text), ""};
}
Finding warning(std::string text, std::string mend) {
  return {Level::kWarning, kSubject, std::move(text), std::move(mend)};
}
Finding fault(std::string text, std::string mend) {
  return {Level::kFault, kSubject, std::move(text), std::move(mend)};
}

Finding of_failure(const TransportFailure& failure) {
  switch (failure.fault) {
    case TransportFault::kNoConnection:
      return warning("this machine does not reach its own callback URL (" + failure.reason + ")",
                     "Strava may reach it all the same; if it does not, look at DNS, firewall and "
                     "port forwarding");
    case TransportFault::kTls:
      return fault("TLS fails (" + failure.reason + ")",
                   "renew the certificate, or have the web server send the whole chain "
                   "(fullchain.pem)");
    case TransportFault::kTimeout:
      return fault("there is no answer in time (" + failure.reason + ")",
                   "Strava waits two seconds; does the web server pass the path to the receiver, "
                   "and does the receiver run?");
    case TransportFault::kWithdrawn:
    case TransportFault::kOther:
      break;
  }
  return fault("there is no whole answer (" + failure.reason + ")",
               "look into the web server's error log");
}

Finding of_redirect(const HttpResponse& response) {
  const std::string target(response.headers.find("Location").value_or(""));
  return fault("the answer is a redirect, " + std::to_string(response.status) + " to " +
                   (target.empty() ? "nowhere" : strava::printable(target)),
               "Strava follows none: make the final URL strava.callback_url in hookspool.toml");
}

std::string mend_for_lost_receiver(const std::filesystem::path& selinux_state) {
  const std::string mend = "the receiver does not run, or the web server may not open its socket";
  const bool selinux_enforces = std::ifstream(selinux_state).get() == '1';
  if (!selinux_enforces) return mend;
  return mend + "; SELinux is on, and may be what refuses: ausearch -m avc shows it";
}

std::string mend_for(const HttpResponse& response, const std::filesystem::path& selinux_state) {
  if (response.body.starts_with("hub.verify_token is not")) {
    return "the receiver runs with another verify token: restart it, and let it read the same "
           "hookspool.toml";
  }
  switch (response.status) {
    case 401:
    case 403:
      return "something in front of the receiver keeps strangers out (a login, bot protection, a "
             "firewall): let that path through";
    case 404:
      return "the web server does not pass that path to the receiver: compare it with the "
             "location in the web server's configuration";
    case 405:
      return "the web server does not pass GET to the receiver";
    case 502:
    case 504:
      return mend_for_lost_receiver(selinux_state);
    default:
      break;
  }
  // Apache's; the receiver's own says when to come again.
  if (response.status == 503 && !response.headers.find("Retry-After")) {
    return mend_for_lost_receiver(selinux_state);
  }
  return "look into the logs of web server and receiver";
}

Finding of_status(const HttpResponse& response, const std::filesystem::path& selinux_state) {
  constexpr std::size_t kLongestQuote = 80;
  const std::string first_line = response.body.substr(0, response.body.find('\n'));
  const std::string quote =
      first_line.empty() ? "" : " (" + strava::printable(first_line, kLongestQuote) + ")";
  return fault("the answer is " + std::to_string(response.status) + ", not 200" + quote,
               mend_for(response, selinux_state));
}

bool echoes(const HttpResponse& response, const std::string& challenge) {
  const auto root = strava::parse_json(response.body);
  return root && root->isObject() && strava::string_member(*root, "hub.challenge") == challenge;
}

Finding of_echo(const HttpResponse& response, const std::string& challenge) {
  const std::string type(response.headers.find("Content-Type").value_or("none"));
  if (!echoes(response, challenge)) {
    return fault("the answer is 200, but not the echo of the challenge (Content-Type " +
                     strava::printable(type) + ")",
                 "another program has that address, or a cache or a page of the host stands in "
                 "front: the web server must pass it to the receiver");
  }
  if (!type.starts_with("application/json")) {
    return warning("the echo comes with Content-Type " + strava::printable(type),
                   "let the web server leave the receiver's application/json as it is");
  }
  return ok("answers the challenge");
}

std::string text_of(milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

Finding of_time(milliseconds time) {
  if (time > kStravasPatience) {
    return fault("the answer took " + text_of(time), "Strava waits two seconds");
  }
  if (time > kSlow) {
    return warning("the answer took " + text_of(time),
                   "Strava waits two seconds, its own way to you included; look what is slow");
  }
  return ok("answers within " + text_of(time));
}

/// A loopback address is somebody's test.
bool is_plain_and_remote(const std::string& url) {
  return url.starts_with("http:") && !url.starts_with("http://127.") &&
         !url.starts_with("http://localhost");
}

Finding of_certificate(Timestamp expires, Timestamp now) {
  const std::string day = to_rfc3339_seconds(expires).substr(0, 10);
  if (expires - now < kExpiresSoon) {
    return warning("the certificate expires on " + day, "see that it is renewed before that");
  }
  return ok("has a certificate that lasts until " + day);
}

}  // namespace

std::vector<Finding> check_callback(strava::HttpTransport& transport, const Clock& clock,
                                    const std::string& url, const Secret& verify_token,
                                    const std::filesystem::path& selinux_state) {
  const std::string challenge = random_token().substr(0, 16);
  strava::Form query;
  query.add("hub.mode", "subscribe")
      .add("hub.challenge", challenge)
      .add("hub.verify_token", verify_token);
  strava::HttpRequest request;
  // The URL may have a query of its own, which Strava keeps.
  const std::size_t mark = url.find('?');
  request.url = url.substr(0, mark);
  const std::string own_query = mark == std::string::npos ? "" : url.substr(mark + 1) + "&";
  request.query = Secret(own_query + query.encoded().reveal());
  request.wants_certificate = true;

  const Timestamp begun = clock.now();
  const strava::HttpResult result = strava::perform(transport, std::move(request));
  const auto time = std::chrono::ceil<milliseconds>(clock.now() - begun);

  std::vector<Finding> findings;
  if (is_plain_and_remote(url)) {
    findings.push_back(warning("the URL is not https",
                               "Strava says nothing of http and may refuse it one day; get a "
                               "certificate"));
  }
  if (const auto* failure = std::get_if<TransportFailure>(&result)) {
    findings.push_back(of_failure(*failure));
    return findings;
  }
  const auto& response = std::get<HttpResponse>(result);
  if (response.status >= 300 && response.status < 400) {
    findings.push_back(of_redirect(response));
  } else if (response.status != strava::http_status::kOk) {
    findings.push_back(of_status(response, selinux_state));
  } else {
    findings.push_back(of_echo(response, challenge));
  }
  findings.push_back(of_time(time));
  if (response.certificate_expires) {
    findings.push_back(of_certificate(*response.certificate_expires, clock.now()));
  }
  return findings;
}

}  // namespace hookspool::ctl
