#include "event/accept_filter.h"

#include <utility>

namespace hookspool::event {

AcceptFilter::AcceptFilter()
    : AcceptFilter({Kind::kActivityCreate, Kind::kActivityDelete, Kind::kAthleteDeauthorize}) {}

AcceptFilter::AcceptFilter(std::set<Kind> kinds) : kinds_(std::move(kinds)) {}

bool AcceptFilter::accepts(Kind kind) const {
  return kinds_.contains(kind);
}

}  // namespace hookspool::event
