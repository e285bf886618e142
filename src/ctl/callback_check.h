#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "ctl/finding.h"
#include "strava/http_transport.h"

namespace hookspool::ctl {

/// A 1 where SELinux is on, which may be what keeps a web server from the receiver's socket.
inline constexpr const char* kSelinuxState = "/sys/fs/selinux/enforce";

/// Asks the callback URL as Strava does before it agrees to a subscription: GET with a challenge
/// and our verify token, answered with 200 and the echo within two seconds, without a redirect.
/// Says of everything that Strava would refuse, or refuse before long, what it is.
///
/// That this machine cannot reach its own public address is only a warning: many cannot, and Strava
/// can all the same. `transport` should give up after some seconds.
std::vector<Finding> check_callback(strava::HttpTransport& transport, const Clock& clock,
                                    const std::string& url, const Secret& verify_token,
                                    const std::filesystem::path& selinux_state = kSelinuxState);

}  // namespace hookspool::ctl
