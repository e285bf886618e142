#include "fetcher/worker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "fetcher/lease_times.h"
#include "store/listings.h"

namespace hookspool::fetcher {

Worker::Worker(const Parts& parts, const config::FetcherConfig& config, const std::string& holder,
               Random random)
    : parts_(parts),
      concurrency_(config.concurrency),
      holder_(holder),
      endings_({parts.database, parts.gate, parts.budget, parts.clock}, config.retry_for, holder,
               std::move(random)),
      calls_(parts.tokens, parts.gate, parts.budget, endings_),
      looks_({parts.database, parts.api, parts.gate, parts.archive, parts.clock, calls_, endings_},
             {config.streams, config.settle}, holder),
      deauthorizations_({parts.database, parts.api, parts.tokens, parts.gate, parts.archive,
                         parts.clock, calls_, endings_},
                        holder),
      waits_(parts.database, parts.clock, parts.budget) {}

std::size_t Worker::begin_due() {
  if (!has_room() || parts_.gate.room() == 0) return 0;
  const std::vector<ErrandInHand> errands = claim_due();
  for (const ErrandInHand& errand : errands) begin(errand);
  return errands.size();
}

std::vector<ErrandInHand> Worker::claim_due() {
  const Timestamp now = parts_.clock.now();
  store::Jobs jobs(parts_.database);
  std::vector<ErrandInHand> errands;
  store::Transaction transaction(parts_.database);
  const std::size_t most = std::min<std::size_t>(concurrency_ - in_progress(), parts_.gate.room());
  Budget::Account account = parts_.budget.open();
  for (const store::Lane lane : store::kLanes) {
    const auto payable = static_cast<std::size_t>(account.payable(lane));
    const std::size_t room = std::min(most - errands.size(), payable);
    if (room == 0) continue;
    for (const store::Job& job : jobs.claim(lane, room, holder_, now, now + kJobLease)) {
      errands.push_back(take(job));
      errands.back()->ticket = account.take();
    }
  }
  if (!errands.empty()) {
    parts_.budget.keep(account);
    parts_.gate.begin_probe(errands.front()->job.id);
  }
  transaction.commit();
  return errands;
}

ErrandInHand Worker::take(const store::Job& job) {
  ++*in_progress_;
  return {new Errand{job, {}, false, {}, {}}, [count = in_progress_](const Errand* ended) {
            --*count;
            delete ended;
          }};
}

void Worker::begin(const ErrandInHand& errand) {
  switch (errand->job.wish) {
    case store::Wish::kDeauthorize:
      return deauthorizations_.begin(errand);
    case store::Wish::kList:
      return begin_listing(errand);
    case store::Wish::kFetch:
    case store::Wish::kRemove:
      return looks_.begin(errand);
  }
}

void Worker::begin_listing(const ErrandInHand& errand) {
  const auto listing = store::Listings(parts_.database).find(errand->job.object_id);
  if (!listing || listing->ended) {
    return endings_.finish(errand);
  }
  const strava::ApiClient::Page page{listing->after, listing->before, listing->page};
  calls_.ask<std::vector<strava::Activity>>(
      errand,
      [this, page](const auto& caller, auto done) {
        parts_.api.list_activities(page, caller, std::move(done));
      },
      [this, errand](const auto& result) { answered_page(errand, result); });
}

void Worker::answered_page(const ErrandInHand& errand,
                           const strava::Result<std::vector<strava::Activity>>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure != nullptr) return endings_.failed(errand, *failure);
  endings_.conclude(errand, [&] {
    parts_.gate.passed();
    store::Jobs jobs(parts_.database);
    auto listing = store::Listings(parts_.database).find(errand->job.object_id);
    // The athlete may have been removed while the answer was under way, or the list been dropped.
    const bool goes_on =
        listing && !listing->ended &&
        parts_.lister.take(*listing, std::get<std::vector<strava::Activity>>(result));
    if (goes_on) {
      // Ahead of what its pages led to: the longer it takes, the more changes under its hands. But
      // where a clock that was ahead began it, not when that moment comes.
      const Timestamp due = std::min(listing->begun, parts_.clock.now());
      return jobs.release(errand->job, holder_, due);
    }
    jobs.finish(errand->job, holder_);
  });
}

}  // namespace hookspool::fetcher
