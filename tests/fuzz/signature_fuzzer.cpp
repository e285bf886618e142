// The header X-Strava-Signature, in the first line of the input, over the rest as the body; and
// base64, which a configured secret is written in.

#include <algorithm>
#include <chrono>
#include <string>

#include "property.h"
#include "signature/hmac.h"
#include "signature/standard_webhook.h"
#include "signature/strava_signature.h"

namespace hookspool {
namespace {

using fuzz::expect;
using signature::Verdict;

constexpr std::int64_t kNow = 1'795'449'731;

Verdict check(const std::string& header, const std::string& body) {
  return signature::check_strava_signature(header, body, Secret("key"),
                                           Timestamp(std::chrono::seconds(kNow)));
}

/// That of "<time>.<body>".
std::string right_signature(const std::string& time, const std::string& body) {
  return signature::to_hex(signature::hmac_sha256("key", time + "." + body));
}

void expect_right_verdict(const std::string& header, const std::string& body) {
  const Verdict verdict = check(header, body);
  expect((verdict == Verdict::kAbsent) == header.empty(), "absent is what is empty");
  const std::string time = std::to_string(kNow);
  const std::string right = "t=" + time + ",v1=" + right_signature(time, body);
  expect(check(right, body) == Verdict::kRight, "the right header is right");
  expect(check(right, body + "x") == Verdict::kWrong, "it is wrong for another body");
  const bool has_time = header.starts_with("t=") || header.find(" t=") != std::string::npos ||
                        header.find(",t=") != std::string::npos;
  if (has_time) return;
  expect(verdict != Verdict::kRight, "without a time no header is right");
  expect(check(right + "," + header, body) == Verdict::kRight,
         "one right signature is enough, whatever stands beside it");
  expect(check("t=" + time + "," + header, body) == Verdict::kWrong ||
             header.find(right_signature(time, body)) != std::string::npos,
         "only who knows the key signs");
}

void expect_right_base64(const std::string& text) {
  expect(signature::from_base64(signature::to_base64(text)) == text,
         "base64 brings back what it was made of");
  expect(signature::from_base64(text).size() <= text.size() / 4 * 3,
         "four characters hold three bytes at most");
  const std::string standard = signature::standard_webhook_signature(
      Secret("whsec_" + text), "id", Timestamp(std::chrono::seconds(kNow)), text);
  constexpr std::size_t kLength = 3 + 44;  // "v1," and 32 bytes
  expect(standard.size() == kLength && standard.starts_with("v1,"),
         "a signature has the standard's form");
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const std::string text(fuzz::text_of(data, size));
  const std::size_t end = std::min(text.find('\n'), text.size());
  expect_right_verdict(text.substr(0, end), text.substr(std::min(end + 1, text.size())));
  expect_right_base64(text);
  return 0;
}
