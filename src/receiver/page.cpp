#include "receiver/page.h"

#include <string>

namespace hookspool::receiver {
namespace {

/// Fixed texts only: nothing of the request is shown, so that nothing of it can run.
Response page(int status, const std::string& title, const std::string& text) {
  Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  // The address has the code in it: it goes to nobody else.
  response.extra_headers =
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
      "Referrer-Policy: no-referrer\r\n";
  response.body =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      title +
      "</title>\n<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:4em auto;"
      "padding:0 1em}</style>\n<h1>" +
      title + "</h1>\n<p>" + text + "</p>\n</html>\n";
  return response;
}

}  // namespace

Response authorization_granted() {
  return page(200, "Thank you",
              "Strava's answer has arrived, and your authorization is being completed. Your new "
              "activities will be fetched from now on. You can close this page.");
}

Response authorization_refused() {
  return page(200, "Not authorized",
              "You did not authorize the application, and nothing of yours will be fetched. You "
              "can close this page.");
}

Response authorization_unknown() {
  return page(403, "This link is no longer good",
              "It was used already, or is older than ten minutes. Whoever gave it to you can make "
              "a new one with <code>hookspoolctl authorize</code>.");
}

}  // namespace hookspool::receiver
