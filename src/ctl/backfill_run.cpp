#include "ctl/backfill_run.h"

#include <unistd.h>

#include <algorithm>

#include "ctl/clock_text.h"
#include "fetcher/backfill.h"
#include "fetcher/waits.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::ctl {
namespace {

const char* reason_of(fetcher::Wait::Cause cause) {
  using Cause = fetcher::Wait::Cause;
  switch (cause) {
    case Cause::kNone:
    case Cause::kNotDue:
      return "";
    case Cause::kRateLimit:
    case Cause::kReserve:
      return "rate limit";
    case Cause::kApplication:
      return "Strava refuses the application";
    case Cause::kOutage:
      return "Strava is out";
  }
  return "";
}

}  // namespace

/// What all backfills amount to.
struct BackfillRun::Total {
  explicit Total(const std::vector<fetcher::BackfillProgress>& all) {
    for (const fetcher::BackfillProgress& one : all) {
      listed += one.listed;
      waiting += one.waiting;
      untried += one.untried;
      calls += one.calls;
      dead += one.dead;
      is_listed = is_listed && one.is_listed;
    }
  }
  std::int64_t listed = 0;
  std::int64_t waiting = 0;
  std::int64_t untried = 0;
  std::int64_t calls = 0;
  std::int64_t dead = 0;
  bool is_listed = true;
};

BackfillRun::BackfillRun(Context& context, const std::vector<std::int64_t>& listings)
    : context_(context),
      listings_(listings),
      dead_before_(total().dead),
      process_(fetcher::Process::Settings::of(context.config()), context.database(),
               context.transport(), context.clock()),
      progress_(context.clock(), ::isatty(STDERR_FILENO) == 1) {}

bool BackfillRun::run() {
  process_.run(fetcher::Mode::kUntilStopped, [this] { return look(); });
  progress_.finish(progress());
  return !goes_on();
}

Progress BackfillRun::progress() {
  const Total now = total();
  Progress progress;
  progress.done = now.listed - now.waiting;
  progress.total = now.listed;
  progress.is_total_known = now.is_listed;
  progress.waits = goes_on() ? waits() : "";
  progress.left = left(now, progress);
  return progress;
}

std::int64_t BackfillRun::given_up() {
  return std::max<std::int64_t>(total().dead - dead_before_, 0);
}

BackfillRun::Total BackfillRun::total() {
  return Total(fetcher::backfill_progress(context_.database(), listings_));
}

bool BackfillRun::goes_on() {
  return store::Jobs(context_.database()).next_due(store::Lane::kBackfill).has_value();
}

/// False at the end.
bool BackfillRun::look() {
  const bool is_to_be_shown = progress_.is_due() || (!has_waited_ && !waits().empty());
  if (is_to_be_shown) {
    const Progress now = progress();
    note_speed(now);
    progress_.show(now);
    has_waited_ = has_waited_ || !now.waits.empty();
  }
  return goes_on();
}

/// While nothing is waited for.
void BackfillRun::note_speed(const Progress& now) {
  const Timestamp moment = context_.clock().now();
  if (last_look_ && now.waits.empty()) {
    busy_ += moment - *last_look_;
    done_while_busy_ += std::max<std::int64_t>(now.done - last_done_, 0);
  }
  last_look_ = moment;
  last_done_ = now.done;
}

/// As long as the allowance makes it, or as the calls take.
std::optional<std::chrono::seconds> BackfillRun::left(const Total& now, const Progress& progress) {
  if (!progress.is_total_known || now.waiting == 0) return std::nullopt;
  const auto paid = process_.budget().paid_at(store::Lane::kBackfill, now.calls);
  if (!paid) return std::nullopt;
  const Timestamp moment = context_.clock().now();
  const Timestamp end = std::max(*paid, process_.gate().closed_until().value_or(moment));
  auto left = std::chrono::ceil<std::chrono::seconds>(end - moment);
  if (done_while_busy_ > 0) {
    const auto each = std::chrono::duration<double>(busy_) / done_while_busy_;
    left = std::max(left, std::chrono::ceil<std::chrono::seconds>(each * now.waiting));
  }
  // All of it can be paid, and how long a call takes is not known yet.
  if (left.count() <= 0) return std::nullopt;
  return left;
}

std::string BackfillRun::waits() {
  constexpr std::chrono::seconds kWorthSaying{2};
  const Timestamp now = context_.clock().now();
  const auto wait = process_.waits().of(store::Lane::kBackfill);
  if (!wait || wait->until - now < kWorthSaying) return "";
  const bool is_not_due = wait->cause == fetcher::Wait::Cause::kNotDue;
  const std::string why = is_not_due ? why_all_failed() : reason_of(wait->cause);
  return why.empty() ? "" : "waits until " + clock_text(wait->until, now) + " (" + why + ")";
}

/// Empty if they have not.
std::string BackfillRun::why_all_failed() {
  const Total left = total();
  if (left.untried > 0) return "";
  if (left.is_listed) {
    return left.waiting == 0 ? "" : std::to_string(left.waiting) + " failed, see hookspoolctl jobs";
  }
  store::Jobs jobs(context_.database());
  for (const std::int64_t id : listings_) {
    const auto listing = store::Listings(context_.database()).find(id);
    if (!listing) continue;
    const auto job = jobs.find(store::Wish::kList, id, listing->athlete_id);
    if (job && job->attempts > 0) return "listing failed: " + job->last_error.value_or("");
  }
  return "";
}

}  // namespace hookspool::ctl
