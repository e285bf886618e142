#include "signature/standard_webhook.h"

#include <chrono>

#include "signature/hmac.h"

namespace hookspool::signature {
namespace {

std::string key_of(const std::string& secret) {
  constexpr std::string_view kPrefix = "whsec_";
  return secret.starts_with(kPrefix) ? from_base64(secret.substr(kPrefix.size())) : secret;
}

}  // namespace

std::string standard_webhook_signature(const Secret& secret, std::string_view id, Timestamp time,
                                       std::string_view body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const std::string text =
      std::string(id) + "." + std::to_string(seconds) + "." + std::string(body);
  return "v1," + to_base64(hmac_sha256(key_of(secret.reveal()), text));
}

}  // namespace hookspool::signature
