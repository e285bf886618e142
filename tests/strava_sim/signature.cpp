#include "strava_sim/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace hookspool::strava_sim {

std::string hmac_sha256(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
           &length) == nullptr) {
    throw std::runtime_error("HMAC-SHA256 failed");
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int byte = 0; byte < length; ++byte) {
    hex += kDigits[digest[byte] >> 4];
    hex += kDigits[digest[byte] & 15];
  }
  return hex;
}

std::optional<std::string> signature_header(SignatureForm form, const std::string& key,
                                            const std::string& body, std::chrono::sys_seconds now) {
  if (form == SignatureForm::kNone) return std::nullopt;
  if (form == SignatureForm::kMalformed) return "t=yesterday;v1=";
  if (form == SignatureForm::kStale) now -= std::chrono::hours(1);
  const std::string time = std::to_string(now.time_since_epoch().count());
  const std::string right = hmac_sha256(key, time + "." + body);
  const std::string wrong = hmac_sha256(key + "-not", time + "." + body);
  if (form == SignatureForm::kWrongKey) return "t=" + time + ",v1=" + wrong;
  if (form == SignatureForm::kSeveral) return "t=" + time + ",v1=" + wrong + ",v1=" + right;
  return "t=" + time + ",v1=" + right;
}

}  // namespace hookspool::strava_sim
