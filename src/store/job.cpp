#include "store/job.h"

namespace hookspool::store {

bool is_of_event(const Job& job) {
  return job.lane == Lane::kFresh || job.lane == Lane::kRetry;
}

const char* name_of(Wish wish) {
  switch (wish) {
    case Wish::kFetch:
      return "fetch";
    case Wish::kRemove:
      return "remove";
    case Wish::kDeauthorize:
      return "deauthorize";
    case Wish::kList:
      return "list";
  }
  return "fetch";
}

const char* name_of(Lane lane) {
  switch (lane) {
    case Lane::kFresh:
      return "fresh";
    case Lane::kRetry:
      return "retry";
    case Lane::kSettle:
      return "settle";
    case Lane::kReconcile:
      return "reconcile";
    case Lane::kBackfill:
      return "backfill";
  }
  return "fresh";
}

const char* name_of(Remaining remaining) {
  return remaining == Remaining::kStreams ? "streams" : "everything";
}

}  // namespace hookspool::store
