#pragma once

#include <string>

namespace hookspool::ctl {

/// What keeps a text from being a callback URL, as a sentence; empty if nothing does. Strava takes
/// at most 255 characters.
std::string complaint_about_callback_url(const std::string& url);

/// "www.example.org" of "https://www.example.org/strava/webhook", with the port if there is one.
std::string host_of(const std::string& url);

/// "/strava/webhook" of "https://www.example.org/strava/webhook?key=1"; "/" where there is none.
std::string path_of(const std::string& url);

}  // namespace hookspool::ctl
