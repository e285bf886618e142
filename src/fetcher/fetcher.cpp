#include "fetcher/fetcher.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "fetcher/holder.h"
#include "store/jobs.h"
#include "store/pause.h"

namespace hookspool::fetcher {

using std::chrono::milliseconds;

Fetcher::Fetcher(Ingest& ingest, Worker& worker, Wake& wake, strava::HttpTransport& transport,
                 store::Database& database, const Clock& clock, std::chrono::seconds scan_every)
    : ingest_(ingest),
      worker_(worker),
      wake_(wake),
      transport_(transport),
      database_(database),
      clock_(clock),
      scan_every_(scan_every),
      next_scan_(clock.now()) {}

End Fetcher::run(Mode mode) {
  if (mode != Mode::kUntilStopped) {
    end_leases_of_the_dead();
    look_into_spool();
  }
  bool go_on = true;
  while (go_on) {
    try {
      go_on = step(mode);
    } catch (const store::StoreError& error) {
      if (mode != Mode::kUntilStopped || error.exit_code() != ExitCode::kTryAgain) throw;
      log::error(std::string(error.what()) + "; tried again in a moment");
      transport_.wait(std::chrono::seconds(5), wake_.descriptors());
      wake_.take();
    }
  }
  const Timestamp now = clock_.now();
  const auto due = store::Jobs(database_).next_due();
  const bool waiting = due && *due <= now && store::Pause(database_).current(now);
  return waiting ? End::kWaiting : End::kDone;
}

/// One round; false at the end.
bool Fetcher::step(Mode mode) {
  if (wake_.take()) spool_changed_ = true;
  if (wake_.stop_requested()) {
    if (worker_.in_progress() == 0) return false;
    transport_.wait(scan_every_, {});
    return true;
  }
  if (mode == Mode::kUntilStopped && (spool_changed_ || clock_.now() >= next_scan_)) {
    end_leases_of_the_dead();
    look_into_spool();
  }
  const std::size_t begun = worker_.begin_due();
  if (worker_.in_progress() == 0 && begun == 0 && mode != Mode::kUntilStopped) {
    return mode == Mode::kDrain && look_into_spool();
  }
  // Some jobs end without a call to Strava; there is then room for more at once.
  if (begun > 0 && worker_.has_room()) return true;
  sleep();
  return true;
}

/// True if there was something in it.
bool Fetcher::look_into_spool() {
  spool_changed_ = false;
  next_scan_ = clock_.now() + scan_every_;
  const Ingest::Summary summary = ingest_.run();
  if (summary.records > 0) {
    log::info("took events from the spool records=" + std::to_string(summary.records) +
              " new=" + std::to_string(summary.events));
  }
  return summary.records > 0;
}

void Fetcher::end_leases_of_the_dead() {
  store::Jobs jobs(database_);
  for (const std::string& holder : jobs.holders()) {
    if (!is_gone(holder)) continue;
    jobs.end_leases_of(holder);
    log::info("took over the jobs of a fetcher that is gone holder=" + holder);
  }
}

/// Until an answer, a wake-up, the next scan or the next job, whichever comes first.
void Fetcher::sleep() {
  const Timestamp now = clock_.now();
  Timestamp until = next_scan_;
  if (worker_.has_room()) {
    const auto due = store::Jobs(database_).next_due();
    const auto pause = store::Pause(database_).current(now);
    if (due) until = std::min(until, pause ? std::max(*due, pause->until) : *due);
  }
  const auto left = std::chrono::ceil<milliseconds>(until - now);
  transport_.wait(std::max(left, milliseconds(0)), wake_.descriptors());
}

}  // namespace hookspool::fetcher
