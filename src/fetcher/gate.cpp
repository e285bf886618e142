#include "fetcher/gate.h"

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::seconds;

/// One activity that is broken on Strava's side answers 500 for ever; several in a row are an
/// outage.
constexpr std::size_t kOutage = 3;

constexpr seconds kFirstProbe{30};
/// Fresh events are to be stored soon after the outage, however long it was.
constexpr seconds kBetweenProbes = std::chrono::minutes(10);
constexpr int kMostDoublings = 5;

constexpr seconds kBeforeItWasNoticed = std::chrono::minutes(30);

/// Longer than a refresh and a call at each of three addresses may take together.
constexpr seconds kProbeTakes{150};

seconds until_next_probe(int probes) {
  return std::min(kBetweenProbes, kFirstProbe * (1 << std::clamp(probes, 0, kMostDoublings)));
}

}  // namespace

Gate::Gate(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

std::optional<Timestamp> Gate::closed_until() {
  const auto pause = store::Pause(database_).find();
  if (!pause || pause->until <= clock_.now()) return std::nullopt;
  return pause->until;
}

bool Gate::is_closed() {
  const auto pause = store::Pause(database_).find();
  return pause && waits_for_others(*pause);
}

/// Another process may have met another limit since.
bool Gate::waits_for_others(const store::PauseState& pause) const {
  const bool is_ours = probe_ && probe_->until == pause.until;
  return !is_ours && pause.until > clock_.now();
}

std::size_t Gate::room() {
  const auto pause = store::Pause(database_).find();
  may_be_paused_ = pause.has_value();
  if (!pause) return std::numeric_limits<std::size_t>::max();
  return pause->until <= clock_.now() ? 1 : 0;
}

void Gate::begin_probe(std::int64_t job_id) {
  if (!may_be_paused_) return;
  probe_ = Probe{job_id, clock_.now() + kProbeTakes};
  store::Pause(database_).begin_probe(probe_->until);
}

void Gate::ended(std::int64_t job_id) {
  if (!probe_ || probe_->job_id != job_id) return;
  store::Pause(database_).take_back_probe(probe_->until, clock_.now());
  probe_.reset();
}

void Gate::close(Reason reason, const std::string& sentence, Timestamp until) {
  store::Transaction transaction(database_);
  store::Pause pause(database_);
  const auto before = pause.find();
  if (probe_) pause.end_probe(probe_->until, clock_.now());
  may_be_paused_ = true;
  // Nobody has seen that the application is accepted again: to be told so a person waits for that.
  const bool is_refused_still = before && before->kind == Reason::kApplication;
  if (is_refused_still && reason != Reason::kApplication) {
    pause.set(before->kind, before->reason, clock_.now(), until);
  } else {
    pause.set(reason, sentence, clock_.now(), until);
  }
  transaction.commit();
  probe_.reset();
  // One line for a pause, however many jobs ran into it.
  if (is_refused_still || (before && before->kind == reason)) return;
  log::warning("everything waits until " + to_rfc3339_seconds(until) + ": " + sentence);
}

void Gate::failed(std::int64_t job_id, const std::string& sentence) {
  failing_.insert(job_id);
  const auto pause = store::Pause(database_).find();
  const bool found_out = probe_ && pause && probe_->until == pause->until;
  if (!found_out && failing_.size() < kOutage) return;
  const Timestamp until = clock_.now() + until_next_probe(pause ? pause->probes : 0);
  close(Reason::kOutage, "Strava is out of reach, it seems: " + sentence, until);
}

void Gate::passed() {
  failing_.clear();
  if (!may_be_paused_) return;
  store::Transaction transaction(database_);
  const auto pause = store::Pause(database_).find();
  // An answer that was still under way when the gate was closed proves nothing.
  if (!pause || waits_for_others(*pause)) return transaction.commit();
  store::Pause(database_).end();
  if (pause->kind == Reason::kOutage) {
    store::Jobs(database_).hurry(pause->since - kBeforeItWasNoticed, clock_.now());
  }
  transaction.commit();
  probe_.reset();
  log::info("Strava answers again: " + pause->reason);
}

}  // namespace hookspool::fetcher
