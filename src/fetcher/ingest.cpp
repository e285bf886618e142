#include "fetcher/ingest.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/log.h"
#include "event/event.h"
#include "event/test_event.h"
#include "fetcher/reduce.h"
#include "store/authorizations.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

/// Large enough that the commit's fsync does not count, small enough to stay small in memory.
constexpr std::size_t kRecordsPerTransaction = 2000;

/// How far Strava's clock and the receiver's may differ.
constexpr std::chrono::minutes kClockDifference{10};

/// A body that the receiver took for an event is one for us too, unless the two are of different
/// versions; it is then kept as an event of unknown kind.
event::Event parse(const spool::Record& record) {
  auto parsed = event::parse(record.body);
  if (const auto* malformed = std::get_if<event::Malformed>(&parsed)) {
    log::warning("a spooled body is no event (" + malformed->reason +
                 "); it is kept and leads to nothing record=" + record.id);
    return {};
  }
  event::Event event = std::get<event::Event>(std::move(parsed));
  // So that nothing follows from it, and that it has no say on what a real event leads to.
  if (event::is_test(event)) event.kind = event::Kind::kUnknown;
  // An event from the future, forged or by mistake, would have the last word on its object until
  // that future comes.
  const auto latest = std::chrono::floor<std::chrono::seconds>(record.received) + kClockDifference;
  event.event_time = std::min(event.event_time, latest);
  return event;
}

std::optional<DatedWish> dated_wish_of(const std::optional<store::Job>& job) {
  if (!job) return std::nullopt;
  return DatedWish{job->wish, job->event_time};
}

std::optional<DatedWish> dated_wish_of(const std::optional<store::Events::Said>& said) {
  const auto wish = said ? wish_of(said->kind) : std::nullopt;
  if (!wish) return std::nullopt;
  return DatedWish{*wish, said->event_time};
}

}  // namespace

Ingest::Ingest(spool::Reader& reader, const spool::PendingAuthorizations& authorizations,
               store::Database& database, const Clock& clock)
    : reader_(reader), authorizations_(authorizations), database_(database), clock_(clock) {}

Ingest::Summary Ingest::run() {
  reader_.seal();
  Summary summary;
  for (const auto& segment : reader_.sealed_segments()) {
    const spool::SegmentSummary read =
        reader_.read(segment, kRecordsPerTransaction,
                     [&](const std::vector<spool::Record>& batch) { take(batch, summary); });
    reader_.remove(segment);
    summary.records += read.records;
    summary.quarantined += read.quarantined;
    if (read.quarantined > 0) {
      log::warning(std::to_string(read.quarantined) +
                   " lines of the spool could not be read; they are kept in its quarantine folder "
                   "segment=" +
                   segment.filename().string());
    }
  }
  return summary;
}

void Ingest::take(const std::vector<spool::Record>& batch, Summary& summary) {
  store::Transaction transaction(database_);
  for (const spool::Record& record : batch) {
    if (take(record)) ++summary.events;
  }
  transaction.commit();
}

/// True if it was an event not seen before.
bool Ingest::take(const spool::Record& record) {
  const auto authorization = event::parse_authorization(record.body);
  if (!authorization) return take_event(record);
  store::Authorizations(database_).add(*authorization, record.received);
  // Used up: a later answer with this state is refused by the receiver, and one that is spooled
  // already by the store.
  authorizations_.end(authorization->state);
  return false;
}

bool Ingest::take_event(const spool::Record& record) {
  store::Events events(database_);
  store::Jobs jobs(database_);
  const store::AcceptedEvent accepted{record.id, record.received, parse(record), record.body,
                                      record.signature};
  const event::Event& event = accepted.event;
  const auto newest = dated_wish_of(events.newest_on(event.object_type, event.object_id));
  if (!events.add(accepted)) return false;

  const auto wish = wish_of(event.kind);
  if (!wish) return true;
  const DatedWish wanted{*wish, event.event_time};
  const auto job = dated_wish_of(jobs.find(*wish, event.object_id));
  if (!leads_to_job(wanted, job, newest)) return true;
  const bool may_be_repeated = newest && newest->event_time == event.event_time;
  if (may_be_repeated && events.is_repeated(accepted)) return true;
  jobs.want(*wish, event.object_id, event.owner_id, event.event_time, clock_.now());
  return true;
}

}  // namespace hookspool::fetcher
