#pragma once

#include <cstddef>

#include "base/clock.h"
#include "receiver/handler.h"
#include "receiver/known_subscription.h"
#include "spool/file_system.h"
#include "spool/layout.h"

namespace hookspool::receiver {

/// Whether a web server started this process for one request (RFC 3875, section 4.1.4).
bool started_as_cgi();

/// Answers it with 503, after its body was read: nothing of it can be kept, and Strava is to try
/// again.
void refuse_cgi_request();

/// Serves that request: reads it from the environment and standard input, answers on standard
/// output. An event is durable before the answer is written.
void serve_cgi(const Handler& handler, KnownSubscription& subscription, spool::FileSystem& files,
               const Clock& clock, const spool::Layout& layout, std::size_t max_body);

}  // namespace hookspool::receiver
