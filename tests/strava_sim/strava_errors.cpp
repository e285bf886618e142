#include "strava_sim/strava_errors.h"

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

HttpAnswer refusal(int status, const std::string& message, const std::string& resource,
                   const std::string& field, const std::string& code) {
  Json::Value error = empty_object();
  error["resource"] = resource;
  error["field"] = field;
  error["code"] = code;
  Json::Value body = empty_object();
  body["message"] = message;
  body["errors"] = empty_array();
  body["errors"].append(error);
  HttpAnswer answer;
  answer.status = status;
  answer.body = to_text(body);
  return answer;
}

HttpAnswer bad_request(const std::string& resource, const std::string& field,
                       const std::string& code) {
  return refusal(400, "Bad Request", resource, field, code);
}

HttpAnswer bad_access_token() {
  return refusal(401, "Authorization Error", "Athlete", "access_token", "invalid");
}

HttpAnswer missing_scope(const std::string& permission) {
  return refusal(401, "Authorization Error", "AccessToken", permission, "missing");
}

HttpAnswer application_inactive() {
  return refusal(403, "Forbidden", "Application", "Status", "Inactive");
}

HttpAnswer activity_not_found(NotFoundForm form) {
  if (form == NotFoundForm::kRecord) {
    return refusal(404, "Record Not Found", "Activity", "id", "invalid");
  }
  HttpAnswer answer = refusal(404, "Resource Not Found", "Activity", "", "not found");
  if (form == NotFoundForm::kEmpty) answer.body.clear();
  return answer;
}

HttpAnswer path_not_found() {
  return refusal(404, "Record Not Found", "resource", "path", "invalid");
}

HttpAnswer rate_limit_exceeded(RateBody form) {
  if (form == RateBody::kFault) {
    return refusal(429, "Rate Limit Exceeded", "Application", "rate limit", "exceeded");
  }
  Json::Value body = empty_object();
  body["errors"] = "Rate Limit Exceeded";
  body["status"] = 429;
  body["message"] = "Too Many Requests";
  HttpAnswer answer;
  answer.status = 429;
  answer.body = to_text(body);
  return answer;
}

HttpAnswer unexplained(int status) {
  switch (status) {
    case 400:
      return bad_request("Application", "", "invalid");
    case 401:
      return bad_access_token();
    case 403:
      return refusal(403, "Forbidden", "Activity", "", "forbidden");
    case 404:
      return activity_not_found(NotFoundForm::kResource);
    case 429:
      return rate_limit_exceeded(RateBody::kFault);
    default: {
      HttpAnswer answer;
      answer.status = status;
      if (status >= 500) answer.body = R"({"message":"error"})";
      return answer;
    }
  }
}

}  // namespace hookspool::strava_sim
