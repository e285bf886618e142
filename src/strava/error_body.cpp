#include "strava/error_body.h"

#include <json/value.h>
#include <strings.h>

#include <algorithm>

#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

bool equal_in_any_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

Complaint read_complaint(const Json::Value& value) {
  return {string_member(value, "resource").value_or(""), string_member(value, "field").value_or(""),
          string_member(value, "code").value_or("")};
}

}  // namespace

bool ErrorBody::names(std::string_view resource) const {
  return std::any_of(complaints.begin(), complaints.end(), [&](const Complaint& complaint) {
    return equal_in_any_case(complaint.resource, resource);
  });
}

bool ErrorBody::says(std::string_view text) const {
  return std::any_of(complaints.begin(), complaints.end(), [&](const Complaint& complaint) {
    return equal_in_any_case(complaint.field, text) || equal_in_any_case(complaint.code, text);
  });
}

bool ErrorBody::denies_object() const {
  if (says("path")) return false;
  return !complaints.empty() || message == "Resource Not Found" || message == "Record Not Found";
}

std::optional<ErrorBody> parse_error_body(std::string_view body) {
  const std::optional<Json::Value> root = parse_json(body);
  if (!root || !root->isObject()) return std::nullopt;
  ErrorBody error;
  error.message = string_member(*root, "message").value_or("");
  const Json::Value& errors = (*root)["errors"];
  if (errors.isString()) error.complaints.push_back({"", "", errors.asString()});
  if (!errors.isArray()) return error;
  for (const Json::Value& value : errors) {
    if (value.isObject()) error.complaints.push_back(read_complaint(value));
  }
  return error;
}

}  // namespace hookspool::strava
