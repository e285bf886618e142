#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hookspool::strava_sim {

/// The forms of X-Strava-Signature that a receiver may meet.
enum class SignatureForm {
  kNone,
  kValid,
  kWrongKey,
  kStale,    ///< signed an hour ago; Strava's sample allows 300 seconds
  kSeveral,  ///< a wrong v1 before the right one
  kMalformed
};

/// HMAC-SHA256 in 64 lowercase hex digits.
std::string hmac_sha256(const std::string& key, const std::string& text);

/// `t=<seconds>,v1=<hex>` over "<seconds>.<body>", or nothing for kNone.
std::optional<std::string> signature_header(SignatureForm form, const std::string& key,
                                            const std::string& body, std::chrono::sys_seconds now);

}  // namespace hookspool::strava_sim
