#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "event/event.h"
#include "store/events.h"

namespace hookspool::fetcher {

/// What is made of the events' signatures.
struct Signatures {
  config::SignatureCheck check = config::SignatureCheck::kOff;
  Secret key = {};

  /// As [strava] says it.
  static Signatures of(const config::StravaConfig& strava);
};

/// What something that was posted is taken for.
struct Judgement {
  /// Of kind kUnknown if nothing may follow from it.
  event::Event event;
  bool has_right_signature = false;
  /// Or none, where one is required.
  bool has_wrong_signature = false;
  /// Whether something followed from it if no signature were required.
  bool is_refused = false;
  /// Why the body is no event; empty if it is one.
  std::string malformed;
};

/// Says what is taken for an event, for the events that come in and for those that are replayed:
/// not a test, nor what lacks a right signature where one is required. An event from the future
/// counts as one of when it was received. Changes nothing, and counts nothing.
class Judge {
 public:
  explicit Judge(Signatures signatures);

  Judgement judge(std::string_view body, std::string_view signature, Timestamp received) const;

  /// The same of what is in the journal, by today's settings, whatever it was taken for when it
  /// came in; but where its body was taken away, that stands. A signature that is required is
  /// missing there, too.
  Judgement judge(const store::AcceptedEvent& accepted) const;

 private:
  void weigh(Judgement& judgement, std::string_view body, std::string_view signature,
             Timestamp received) const;

  Signatures signatures_;
};

}  // namespace hookspool::fetcher
