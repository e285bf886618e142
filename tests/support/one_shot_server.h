#pragma once

#include <string>
#include <thread>

#include "base/descriptor.h"

namespace hookspool::test {

/// Accepts one connection on a free port of 127.0.0.1, reads a request, and sends the given bytes,
/// whatever they are: for answers that no proper server would give.
class OneShotServer {
 public:
  enum class Then { kClose, kStaySilent };

  OneShotServer(std::string answer, Then then);
  OneShotServer(const OneShotServer&) = delete;
  OneShotServer& operator=(const OneShotServer&) = delete;
  ~OneShotServer();

  const std::string& url() const { return url_; }

 private:
  void serve(const std::string& answer, Then then) const;

  Descriptor listening_;
  std::string url_;
  std::thread thread_;
};

}  // namespace hookspool::test
