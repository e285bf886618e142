#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookspool::strava {

/// One complaint of Strava's: "RefreshToken", "refresh_token", "invalid". Any may be empty.
struct Complaint {
  std::string resource;
  std::string field;
  std::string code;
};

/// The body that Strava's errors have: {"message":M,"errors":[{"resource":R,"field":F,"code":C}]}.
struct ErrorBody {
  std::string message;
  std::vector<Complaint> complaints;

  /// Whether a complaint is about this kind of thing, in any case.
  bool names(std::string_view resource) const;
  /// Whether a complaint has this field or code, in any case.
  bool says(std::string_view text) const;
  /// Whether, with a 404, it is Strava's word on the object: that of a gateway, or on the path, is
  /// none.
  bool denies_object() const;
};

/// Nothing if the body is no JSON object. What has another shape in it is left out; `errors` as a
/// string, which one form of the 429 has, becomes a complaint with that code.
std::optional<ErrorBody> parse_error_body(std::string_view body);

}  // namespace hookspool::strava
