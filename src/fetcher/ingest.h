#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "event/authorization.h"
#include "event/event.h"
#include "fetcher/changes.h"
#include "fetcher/judge.h"
#include "fetcher/reduce.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/counters.h"
#include "store/database.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

/// Takes events from the spool into the store, as jobs, by the rules of fetcher/reduce.h: for each
/// activity that is stored one of its athlete at most; for one that is not, one of each athlete
/// whom an event names as the owner. Takes athletes' answers on Strava's authorization page, too,
/// for the Authorizer.
class Ingest {
 public:
  /// All must outlive this.
  Ingest(spool::Reader& reader, const spool::PendingAuthorizations& authorizations,
         store::Database& database, const Clock& clock, Changes& changes, Signatures signatures);

  struct Summary {
    std::size_t records = 0;      ///< read
    std::size_t events = 0;       ///< of these, not seen before
    std::size_t quarantined = 0;  ///< lines that did not check
    /// Why a segment could not be taken in, be it now or the last time that it was tried.
    std::optional<Error> fault;
  };

  /// Seals what was received until now, and works all sealed segments off. A segment is removed
  /// after the store has committed every record of it; whatever ends this in between costs nothing
  /// but reading again, since record ids that are known change nothing.
  ///
  /// A segment that the system refuses to read, to quarantine from or to remove stays, and holds up
  /// no other. It is told of once, and tried again after ten minutes. Where another process does
  /// not let go of the spool's lock, what is sealed already is taken in, and that is told of once.
  /// \throws SystemError  the spool itself cannot be worked with
  /// \throws StoreError
  Summary run();

 private:
  struct Fault {
    Error error;
    Timestamp try_again;
  };

  void seal(Summary& summary);
  void take(const std::filesystem::path& segment, Summary& summary);
  void take_or_pass_over(const std::filesystem::path& segment, Summary& summary);
  /// What the store counts of the records of one transaction, by when they were received.
  struct Counted {
    store::Counters::Count telling;  ///< events that tell of something; no tests
    store::Counters::Count right_signatures;
    store::Counters::Count wrong_signatures;  ///< or missing ones, where they are required
    std::vector<std::string> complaints;      ///< of what is no event
  };

  void take(const std::vector<spool::Record>& batch, Summary& summary);
  bool take(const spool::Record& record, Counted& counted);
  bool take_event(const spool::Record& record, Counted& counted);
  void follow(const store::AcceptedEvent& accepted, store::Wish wish,
              const std::optional<DatedWish>& newest_before);
  bool apply(const event::Event& event, const std::optional<store::Job>& job);
  void count(const Counted& counted);
  void warn(const Counted& counted) const;

  spool::Reader& reader_;
  const spool::PendingAuthorizations& authorizations_;
  store::Database& database_;
  const Clock& clock_;
  Changes& changes_;
  bool is_signature_required_;
  Judge judge_;
  std::map<std::filesystem::path, Fault> faults_;  ///< by segment
  bool is_locked_out_ = false;
};

}  // namespace hookspool::fetcher
