#pragma once

#include <filesystem>

namespace hookspool::strava {

/// The file with the certificate authorities that this machine trusts (PEM): what $SSL_CERT_FILE
/// names, else the first that is there of the places where distributions have it. Libraries that
/// come along from another distribution would look in that one's place alone. Empty if there is
/// none: then the library's own idea holds. `root`: where the file system begins.
std::filesystem::path find_certificate_authorities(const std::filesystem::path& root = "/");

}  // namespace hookspool::strava
