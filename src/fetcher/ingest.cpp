#include "fetcher/ingest.h"

#include <optional>
#include <string>
#include <variant>

#include "base/log.h"
#include "event/event.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

/// Large enough that the commit's fsync does not count, small enough to stay small in memory.
constexpr std::size_t kRecordsPerTransaction = 2000;

std::optional<store::Wish> wish_of(event::Kind kind) {
  switch (kind) {
    case event::Kind::kActivityCreate:
    case event::Kind::kActivityUpdate:
      return store::Wish::kFetch;
    case event::Kind::kActivityDelete:
      return store::Wish::kRemove;
    case event::Kind::kAthleteDeauthorize:
      return store::Wish::kDeauthorize;
    case event::Kind::kUnknown:
      return std::nullopt;
  }
  return std::nullopt;
}

/// A body that the receiver took for an event is one for us too, unless the two are of different
/// versions; it is then kept as an event of unknown kind.
event::Event parse(const spool::Record& record) {
  auto parsed = event::parse(record.body);
  if (auto* event = std::get_if<event::Event>(&parsed)) return std::move(*event);
  log::warning("a spooled body is no event (" + std::get<event::Malformed>(parsed).reason +
               "); it is kept and leads to nothing record=" + record.id);
  return {};
}

}  // namespace

Ingest::Ingest(spool::Reader& reader, store::Database& database, const Clock& clock)
    : reader_(reader), database_(database), clock_(clock) {}

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
  store::Events events(database_);
  store::Jobs jobs(database_);
  store::Transaction transaction(database_);
  for (const spool::Record& record : batch) {
    const store::AcceptedEvent accepted{record.id, record.received, parse(record), record.body,
                                        record.signature};
    if (!events.add(accepted)) continue;
    ++summary.events;
    const event::Event& event = accepted.event;
    if (const auto wish = wish_of(event.kind)) {
      jobs.want(*wish, event.object_id, event.owner_id, event.event_time, clock_.now());
    }
  }
  transaction.commit();
}

}  // namespace hookspool::fetcher
