#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "power_loss/recording.h"

namespace hookspool::power_loss {

/// One program's run in a life, and how it ends before its time: rules as tests/preload/rules.h
/// explains them; empty: it is let be.
struct Run {
  enum What { kReceiver, kFetcherOnce, kFetcherService } what;
  std::string faults = {};
};

/// What is recorded of it all.
struct Life {
  Recording recording;
  std::size_t acknowledged = 0;
  std::size_t posted = 0;
};

/// A receiver that serves FastCGI is posted events by several clients at once, while fetchers take
/// them into the store, one run after the other. `receivers` follow each other as each ends; the
/// last is let be until the fetchers are done. Nothing is there at the beginning.
Life fastcgi_life(const std::vector<Run>& receivers, const std::vector<Run>& fetchers);

/// The same with a CGI program for each event; every seventh is killed after some calls.
Life cgi_life(const std::vector<Run>& fetchers);

/// A life in which a program was killed before its n-th call and another one took over. Where there
/// is no n-th call `killed` is false.
struct KilledLife {
  Life life;
  bool killed = false;
};

/// A CGI program is killed, and one after it is let be.
KilledLife receiver_killed_at(int nth_call);
/// An event is acknowledged, the first fetcher is killed, and one after it is let be.
KilledLife fetcher_killed_at(int nth_call);

/// A fetcher is killed between the rename that seals a segment and the syncs of its entries; the
/// receiver then makes a new segment of the old name. Both events are acknowledged.
Life life_after_half_a_seal();

}  // namespace hookspool::power_loss
