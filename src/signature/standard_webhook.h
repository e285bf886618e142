#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace hookspool::signature {

/// The webhook-signature header of a message: "v1,<base64>", by
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
///
/// `secret` is "whsec_" and the key in base64; any other text is the key as it stands.
std::string standard_webhook_signature(const Secret& secret, std::string_view id, Timestamp time,
                                       std::string_view body);

}  // namespace hookspool::signature
