#include "fetcher/fetcher.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "fetcher/holder.h"
#include "store/authorizations.h"
#include "store/jobs.h"
#include "store/leases.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::milliseconds;

/// Each look seals a segment, which costs the receiver the making of the next one: under load it is
/// not to happen for every event.
constexpr milliseconds kBetweenLooks{250};

/// After the store's first refusal, and the longest after many.
constexpr std::chrono::seconds kAfterRefusal{5};
constexpr int kMostDoublings = 4;
/// Longer than a job's lease: what was asked for and not stored is asked for again after that.
constexpr std::chrono::minutes kUntilForgotten{10};

/// To keep tokens that the store refused.
constexpr std::chrono::seconds kBetweenTries{2};

/// How often GoOn is asked.
constexpr std::chrono::seconds kBetweenQuestions{1};

}  // namespace

Fetcher::Fetcher(const Parts& parts, Mode mode, std::chrono::seconds scan_every, GoOn go_on)
    : parts_(parts),
      mode_(mode),
      scan_every_(scan_every),
      go_on_(std::move(go_on)),
      last_look_(parts.clock.now() - scan_every) {}

End Fetcher::run() {
  if (!is_service()) look_into_spool();
  bool go_on = true;
  while (go_on) {
    try {
      go_on = step();
    } catch (const store::StoreError& error) {
      if (!is_service() || error.exit_code() != ExitCode::kTryAgain) throw;
      note_refusal(error);
    }
  }
  return end();
}

/// One round; false at the end.
bool Fetcher::step() {
  if (pause_) pause_after_refusal();
  if (parts_.wake.take()) spool_changed_ = true;
  parts_.notifier.poll();
  keep_tokens();
  if (is_to_stop()) {
    parts_.tokens.drop_withdrawn();
    if (is_idle()) return false;
    // Nothing begins any more, however long it has been due.
    wait(time_left(parts_.notifier.next_deadline()));
    return true;
  }
  parts_.tokens.end_withdrawn();
  if (is_service() && parts_.clock.now() >= next_look()) look_into_spool();
  parts_.housekeeper.run_if_due();
  parts_.authorizer.begin_due();
  const std::size_t begun = parts_.worker.begin_due();
  // Requests that have begun meanwhile can be withdrawn, a command cannot.
  if (parts_.wake.stop_requested()) return true;
  if (parts_.notifier.begin_due() > 0) return true;
  // Else what another process's refresh puts off for a moment would be left undone by all.
  const bool is_done = is_idle() && begun == 0 && !parts_.tokens.awaits_other();
  if (is_done && !is_service()) {
    return mode_ == Mode::kDrain && look_into_spool();
  }
  // Some jobs end without a call to Strava; there is then room for more at once.
  if (begun > 0 && parts_.worker.has_room()) return true;
  sleep();
  return true;
}

void Fetcher::note_refusal(const store::StoreError& refusal) {
  const std::string what = refusal.what();
  if (parts_.wake.stop_requested()) return log::error(what + "; left to the next start");
  const Timestamp now = parts_.clock.now();
  if (now < last_refusal_ || now - last_refusal_ > kUntilForgotten) pauses_ = 0;
  last_refusal_ = now;
  pause_ = kAfterRefusal * (1 << std::min(pauses_, kMostDoublings));
  log::error(what + "; tried again in " + std::to_string(pause_->count()) + " s");
}

/// Answers and events do not cut it short: what is asked for and not stored was asked in vain, and
/// a disk that is nearly full takes what leads to a call sooner than what the call brings. For the
/// same reason what the store takes meanwhile does not make the next one short.
void Fetcher::pause_after_refusal() {
  const std::chrono::seconds length = *std::exchange(pause_, std::nullopt);
  const Timestamp start = last_refusal_;
  for (Timestamp now = start; !is_to_stop() && now >= start && now < start + length;
       now = parts_.clock.now()) {
    wait(std::chrono::ceil<milliseconds>(start + length - now));
    keep_tokens();
  }
  // Only now: what ends in a pause and is refused, too, begins it anew.
  ++pauses_;
}

/// Before all else: until then a kill costs an athlete's authorization, and another process may
/// come to use what Strava has ended.
void Fetcher::keep_tokens() {
  parts_.tokens.keep_left_over();
  parts_.authorizer.keep_left_over();
}

bool Fetcher::is_to_stop() const {
  return parts_.wake.stop_requested() || (go_on_ && !go_on_());
}

bool Fetcher::is_idle() const {
  return parts_.worker.in_progress() == 0 && parts_.notifier.in_progress() == 0 &&
         !parts_.authorizer.is_in_progress();
}

/// True if there was something in it.
bool Fetcher::look_into_spool() {
  end_leases_of_the_dead();
  const Timestamp now = parts_.clock.now();
  const Ingest::Summary summary = parts_.ingest.run();
  // Only now: if the store refused, the next look is due at once.
  last_look_ = now;
  spool_changed_ = false;
  spool_fault_ = summary.fault;
  if (summary.records > 0) {
    log::info("took events from the spool records=" + std::to_string(summary.records) +
              " new=" + std::to_string(summary.events));
  }
  return summary.records > 0;
}

Timestamp Fetcher::next_look() const {
  const bool was_set_back = last_look_ > parts_.clock.now();
  if (was_set_back) return parts_.clock.now();
  if (spool_changed_) return last_look_ + kBetweenLooks;
  return last_look_ + scan_every_;
}

void Fetcher::end_leases_of_the_dead() {
  store::Leases leases(parts_.database);
  for (const std::string& holder : leases.holders()) {
    if (!is_gone(holder)) continue;
    leases.end_all_of(holder);
    log::info("took over the jobs of a fetcher that is gone holder=" + holder);
  }
}

/// Until an answer, a wake-up, the next look or the next job, whichever comes first.
void Fetcher::sleep() {
  const Timestamp now = parts_.clock.now();
  Timestamp until = is_service() ? next_look() : now + scan_every_;
  const auto no_later_than = [&until](const std::optional<Timestamp>& due) {
    if (due) until = std::min(until, *due);
  };
  if (parts_.worker.has_room()) {
    const std::vector<Wait> waits = parts_.worker.waits().list();
    no_later_than(first_end(waits));
    if (is_service()) wait_log_.note(waits, now);
  }
  no_later_than(parts_.authorizer.next_due());
  no_later_than(parts_.notifier.next_due());
  // What has ended and what begins in its place reach the disk together. Nothing of the latter has
  // been sent before that: only wait() does.
  try {
    store::CommitGroup group(parts_.database);
    wait(time_left(until));
    if (!is_to_stop()) parts_.worker.begin_due();
    group.commit();
  } catch (...) {
    // Nobody else knows of what begins: another process may ask the same, for a token even.
    parts_.transport.withdraw();
    parts_.tokens.withdraw();
    throw;
  }
}

/// Until an answer, a wake-up, the next try to keep tokens, or the next question whether to go on.
void Fetcher::wait(milliseconds most) {
  if (parts_.tokens.has_left_over() || parts_.authorizer.has_left_over()) {
    most = std::min<milliseconds>(most, kBetweenTries);
  }
  if (go_on_) most = std::min<milliseconds>(most, kBetweenQuestions);
  // A job may take several calls, each as long as Strava likes.
  if (parts_.wake.stop_requested()) parts_.transport.withdraw();
  parts_.transport.wait(most, parts_.wake.descriptors());
  if (parts_.wake.take()) spool_changed_ = true;
}

/// At most until the next look.
milliseconds Fetcher::time_left(const std::optional<Timestamp>& until) const {
  const Timestamp now = parts_.clock.now();
  const Timestamp end = std::min(until.value_or(now + scan_every_), now + scan_every_);
  return std::max(std::chrono::ceil<milliseconds>(end - now), milliseconds(0));
}

End Fetcher::end() {
  if (is_service()) return End::kDone;
  if (spool_fault_) {
    throw Error(spool_fault_->exit_code(), "not all of the spool was taken in; see above");
  }
  if (parts_.wake.stop_requested()) return End::kDone;
  return is_work_left() ? End::kWaiting : End::kDone;
}

/// And tells what waits.
bool Fetcher::is_work_left() {
  const Timestamp now = parts_.clock.now();
  const auto is_due = [now](const std::optional<Timestamp>& due) { return due && *due <= now; };
  const bool codes_are = is_due(store::Authorizations(parts_.database).next_due());
  const bool jobs_are = is_due(store::Jobs(parts_.database).next_due());
  if (codes_are)
    log::info("codes of authorizations wait for the tokens of earlier ones to be kept");
  if (jobs_are) {
    const std::string why = describe(parts_.worker.waits().held_back());
    log::info(why.empty() ? "jobs have come due meanwhile" : "due jobs wait: " + why);
  }
  return codes_are || jobs_are;
}

}  // namespace hookspool::fetcher
