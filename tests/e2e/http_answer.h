#pragma once

#include <httplib.h>

#include <map>
#include <string>

namespace hookspool::e2e {

/// An answer to an HTTP request; status 0 if there was none.
struct HttpAnswer {
  int status = 0;
  std::multimap<std::string, std::string> headers;
  std::string body;
};

inline HttpAnswer answer_of(const httplib::Result& result) {
  if (!result) return {};
  return {result->status, {result->headers.begin(), result->headers.end()}, result->body};
}

}  // namespace hookspool::e2e
