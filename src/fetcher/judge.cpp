#include "fetcher/judge.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "event/test_event.h"
#include "signature/strava_signature.h"

namespace hookspool::fetcher {
namespace {

/// How far Strava's clock may be ahead of the receiver's. Whoever forges an event has the last word
/// for as long, so this is short; of a receiver whose clock is late by more, the order in which its
/// events came counts.
constexpr std::chrono::seconds kClockDifference{5};

}  // namespace

Signatures Signatures::of(const config::StravaConfig& strava) {
  return {strava.signature,
          strava.signing_secret.empty() ? strava.client_secret : strava.signing_secret};
}

Judge::Judge(Signatures signatures) : signatures_(std::move(signatures)) {}

Judgement Judge::judge(std::string_view body, std::string_view signature,
                       Timestamp received) const {
  Judgement judgement;
  auto parsed = event::parse(body);
  if (const auto* malformed = std::get_if<event::Malformed>(&parsed)) {
    judgement.malformed = malformed->reason;
  } else {
    judgement.event = std::get<event::Event>(std::move(parsed));
  }
  event::Event& event = judgement.event;
  // An event from the future, forged or by mistake, would have the last word on its object until
  // that future comes.
  const auto latest = std::chrono::floor<std::chrono::seconds>(received) + kClockDifference;
  event.event_time = std::min(event.event_time, latest);
  // So that nothing follows from it, and that it has no say on what a real event leads to. Strava
  // has not signed it, and that is no news.
  if (event::is_test(event)) {
    event.kind = event::Kind::kUnknown;
  } else {
    weigh(judgement, body, signature, received);
  }
  return judgement;
}

Judgement Judge::judge(const store::AcceptedEvent& accepted) const {
  if (!accepted.body.empty()) {
    return judge(accepted.body, accepted.signature, accepted.received);
  }
  Judgement judgement;
  judgement.event = accepted.event;
  weigh(judgement, accepted.body, accepted.signature, accepted.received);
  // Nobody knows any more whether it had one.
  judgement.is_refused = false;
  return judgement;
}

void Judge::weigh(Judgement& judgement, std::string_view body, std::string_view signature,
                  Timestamp received) const {
  if (signatures_.check == config::SignatureCheck::kOff) return;
  const auto verdict =
      signature::check_strava_signature(signature, body, signatures_.key, received);
  const bool is_required = signatures_.check == config::SignatureCheck::kRequire;
  judgement.has_right_signature = verdict == signature::Verdict::kRight;
  judgement.has_wrong_signature = verdict == signature::Verdict::kWrong ||
                                  (verdict == signature::Verdict::kAbsent && is_required);
  if (!is_required || judgement.has_right_signature) return;
  judgement.is_refused = judgement.event.kind != event::Kind::kUnknown;
  judgement.event.kind = event::Kind::kUnknown;
}

}  // namespace hookspool::fetcher
