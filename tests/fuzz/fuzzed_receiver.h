#pragma once

#include <filesystem>

#include "receiver/handler.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::fuzz {

/// The part of the receiver that decides, with one authorization that is waited for. Meant to live
/// as long as the program.
class FuzzedReceiver {
 public:
  static constexpr const char* kVerifyToken = "verify-token";
  static constexpr const char* kPendingState =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  FuzzedReceiver();

  const receiver::Handler& handler() const { return handler_; }

 private:
  test::TemporaryDirectory directory_;
  test::FakeClock clock_;
  spool::Layout layout_;
  spool::PendingAuthorizations authorizations_;
  receiver::Handler handler_;
};

}  // namespace hookspool::fuzz
