#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "config/config.h"
#include "store/athletes.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// What a person wants of a reconciliation beyond what the fetcher does by itself.
struct ReconcileWish {
  /// Activities that started later; if it is not set, as far back as the fetcher goes by itself,
  /// and with `may_remove` as far as the questions to the athlete's archive go that are open.
  std::optional<std::chrono::sys_seconds> after;
  bool may_remove = false;  ///< any number of activities that Strava does not list
};

/// Begins going through the athlete's list of activities, unless one is under way that goes as far
/// back; `may_remove` holds for that, too. False if it is; where that has waited for its first page
/// until the next is due, it stands for the next, too. One that was given up, or that goes less far
/// back, makes room for the new one, which does what it was to do. In one transaction.
///
/// By itself it goes back to `reconcile_back` before the last one began, so that an outage of any
/// length leaves no gap; and as far as a question about what to remove, so that it is asked anew,
/// unless that goes back twice as far. Nothing goes farther back than `retention`: what that has
/// let go is not to be fetched again.
/// \throws StoreError
bool begin_reconciliation(store::Database& database, const store::Athlete& athlete,
                          const config::FetcherConfig& config, Timestamp now,
                          const ReconcileWish& wish = {});

}  // namespace hookspool::fetcher
