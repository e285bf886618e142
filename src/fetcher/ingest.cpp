#include "fetcher/ingest.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "event/event.h"
#include "fetcher/subject.h"
#include "store/activities.h"
#include "store/authorizations.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

using store::Wish;

/// Large enough that the commit's fsync does not count, small enough to stay small in memory.
constexpr std::size_t kRecordsPerTransaction = 2000;

/// One that the disk refuses is mended by a person, and may be long to read up to where it is.
constexpr std::chrono::minutes kBetweenTries{10};

/// Whether a list had the activity fetched, behind everything fresh.
bool is_fetch_of_a_list(const store::Job& job) {
  const bool is_behind = job.lane == store::Lane::kReconcile || job.lane == store::Lane::kBackfill;
  return is_behind && job.wish == Wish::kFetch;
}

/// A job that nobody is about to do says nothing: one that was given up, or that waits behind
/// everything fresh.
std::optional<DatedWish> dated_wish_of(const std::optional<store::Job>& job) {
  if (!job || job->dead || is_fetch_of_a_list(*job)) return std::nullopt;
  return DatedWish{job->wish, job->event_time};
}

/// Whether there is more to it than an event that the deletion took back: Strava listed it, or a
/// person is to see why it was given up. A deletion of what is not stored costs no call, and would
/// end it unseen; the call that the job makes shows whether it was forged.
bool is_owed_a_look(const store::Job& job) {
  return is_fetch_of_a_list(job) || (job.dead && job.wish == Wish::kFetch);
}

/// What is stored is removed, if at all, whatever change is announced behind that: the call answers
/// both, and as that of a deletion its 404 is proof enough, and a 200 counts one that was forged.
bool is_announced_removal(const std::optional<store::Job>& job) {
  return job && !job->dead && job->wish == Wish::kRemove && store::is_of_event(*job);
}

std::optional<DatedWish> dated_wish_of(const std::optional<store::Events::Said>& said) {
  const auto wish = said ? wish_of(said->kind) : std::nullopt;
  if (!wish) return std::nullopt;
  return DatedWish{*wish, said->event_time};
}

}  // namespace

Ingest::Ingest(spool::Reader& reader, const spool::PendingAuthorizations& authorizations,
               store::Database& database, const Clock& clock, Changes& changes,
               Signatures signatures)
    : reader_(reader),
      authorizations_(authorizations),
      database_(database),
      clock_(clock),
      changes_(changes),
      is_signature_required_(signatures.check == config::SignatureCheck::kRequire),
      judge_(std::move(signatures)) {}

Ingest::Summary Ingest::run() {
  Summary summary;
  seal(summary);
  const std::vector<std::filesystem::path> segments = reader_.sealed_segments();
  // A person may have moved one away.
  std::erase_if(faults_, [&segments](const auto& fault) {
    return std::find(segments.begin(), segments.end(), fault.first) == segments.end();
  });
  for (const auto& segment : segments) take_or_pass_over(segment, summary);
  if (!faults_.empty()) summary.fault = faults_.begin()->second.error;
  return summary;
}

void Ingest::seal(Summary& summary) {
  try {
    reader_.seal();
    if (is_locked_out_) log::info("the spool's lock can be taken again");
    is_locked_out_ = false;
  } catch (const SystemError& error) {
    if (error.error_number() != EWOULDBLOCK) throw;
    summary.fault = error;
    if (!is_locked_out_) {
      log::error(std::string(error.what()) + "; until it does, newer events wait in the spool");
    }
    is_locked_out_ = true;
  }
}

void Ingest::take_or_pass_over(const std::filesystem::path& segment, Summary& summary) {
  const auto before = faults_.find(segment);
  const bool is_known = before != faults_.end();
  const Timestamp now = clock_.now();
  const bool was_set_back = is_known && before->second.try_again > now + kBetweenTries;
  if (is_known && now < before->second.try_again && !was_set_back) return;
  try {
    take(segment, summary);
    if (!is_known) return;
    faults_.erase(before);
    log::info("taken in after all: " + segment.string());
  } catch (const SystemError& error) {
    const Timestamp try_again = clock_.now() + kBetweenTries;
    const std::string sentence = segment.string() +
                                 " could not be taken in, and its events wait: " + error.what() +
                                 "; mend that, or move the file out of the spool. It is tried "
                                 "again every ten minutes, and holds up no other";
    if (!is_known) log::error(sentence);
    faults_.insert_or_assign(segment, Fault{Error(error.exit_code(), sentence), try_again});
  }
}

void Ingest::take(const std::filesystem::path& segment, Summary& summary) {
  const spool::SegmentSummary read =
      reader_.read(segment, kRecordsPerTransaction,
                   [&](const std::vector<spool::Record>& batch) { take(batch, summary); });
  reader_.remove(segment);
  summary.records += read.records;
  summary.quarantined += read.quarantined;
  if (read.quarantined == 0) return;
  log::warning(std::to_string(read.quarantined) +
               " lines of the spool could not be read; they are kept in its quarantine folder "
               "segment=" +
               segment.filename().string());
}

void Ingest::take(const std::vector<spool::Record>& batch, Summary& summary) {
  Counted counted;
  std::size_t events = 0;
  store::Transaction transaction(database_);
  for (const spool::Record& record : batch) {
    if (take(record, counted)) ++events;
  }
  count(counted);
  transaction.commit();
  summary.events += events;
  warn(counted);
}

void Ingest::count(const Counted& counted) {
  store::Counters counters(database_);
  counters.add(store::counter::kEvent, counted.telling);
  counters.add(store::counter::kRightSignature, counted.right_signatures);
  counters.add(store::counter::kWrongSignature, counted.wrong_signatures);
}

void Ingest::warn(const Counted& counted) const {
  for (const std::string& complaint : counted.complaints) log::warning(complaint);
  if (counted.wrong_signatures.count == 0) return;
  log::warning(
      "events without a right signature: " + std::to_string(counted.wrong_signatures.count) +
      (is_signature_required_
           ? "; they lead to nothing, since [strava] signature requires one"
           : "; they count all the same, since [strava] signature does not require one") +
      ". Is signing_secret right?");
}

/// True if it was an event not seen before.
bool Ingest::take(const spool::Record& record, Counted& counted) {
  const auto authorization = event::parse_authorization(record.body);
  if (!authorization) return take_event(record, counted);
  store::Authorizations(database_).add(*authorization, record.received);
  // Used up: a later answer with this state is refused by the receiver, and one that is spooled
  // already by the store.
  authorizations_.end(authorization->state);
  return false;
}

bool Ingest::take_event(const spool::Record& record, Counted& counted) {
  store::Events events(database_);
  Judgement judgement = judge_.judge(record.body, record.signature, record.received);
  const store::AcceptedEvent accepted{record.id, record.received, std::move(judgement.event),
                                      record.body, record.signature};
  const event::Event& event = accepted.event;
  // Before this one is among them.
  const auto newest = events.newest_on(event.object_type, event.object_id, event.owner_id);
  if (!events.add(accepted)) return false;

  // A body that the receiver took for an event is one for us too, unless the two are of different
  // versions.
  if (!judgement.malformed.empty()) {
    counted.complaints.push_back("a spooled body is no event (" + judgement.malformed +
                                 "); it is kept and leads to nothing record=" + record.id);
  }
  if (judgement.has_right_signature) counted.right_signatures.note(record.received);
  if (judgement.has_wrong_signature) counted.wrong_signatures.note(record.received);
  const auto wish = wish_of(event.kind);
  if (!wish) return true;
  counted.telling.note(record.received);
  follow(accepted, *wish, dated_wish_of(newest));
  return true;
}

/// Makes the job that the event leads to, if it leads to one.
void Ingest::follow(const store::AcceptedEvent& accepted, Wish wish,
                    const std::optional<DatedWish>& newest_before) {
  const event::Event& event = accepted.event;
  const Subject subject = subject_of(database_, wish, event.object_id, event.owner_id);
  const DatedWish wanted{wish, event.event_time};
  store::Jobs jobs(database_);
  const auto job = jobs.find(wish, subject.object_id, subject.athlete);
  Known known;
  known.job = dated_wish_of(job);
  known.newest = newest_before;
  known.names_another = subject.athlete != event.owner_id;
  const auto& before = known.job ? known.job : known.newest;
  // Looked up only where it can matter: of many events few come late.
  if (known.names_another || (before && !has_last_word(wanted, *before))) {
    known.shown = store::Activities(database_).fetched_at(event::ActivityId{event.object_id});
  }
  if (!leads_to_job(wanted, known)) return;
  // What destroys may have been forged, to the letter, before it came true. Repeated after it was
  // carried out it costs no call.
  const bool may_be_repeated =
      wish == Wish::kFetch && known.newest && known.newest->event_time == event.event_time;
  if (may_be_repeated && store::Events(database_).is_repeated(accepted)) return;
  if (apply(event, job)) return;
  if (wish == Wish::kRemove && !subject.is_stored && job && is_owed_a_look(*job)) {
    if (job->dead) jobs.revive(wish, subject.object_id, subject.athlete, clock_.now());
    return;
  }
  const bool is_to_be_removed = subject.is_stored && is_announced_removal(job);
  // A deletion that was forged asks for none, and takes none away that are still to be asked for;
  // what settles brings them anyway.
  const bool are_streams_owed = job && job->with_streams && job->lane != store::Lane::kSettle;
  jobs.want(is_to_be_removed ? Wish::kRemove : wish, subject.object_id, subject.athlete,
            event.event_time, clock_.now(), wish == Wish::kFetch || are_streams_owed);
}

/// Does at once what the event says, if it says all there is to know. A job that asks Strava anyway
/// learns it with everything else.
bool Ingest::apply(const event::Event& event, const std::optional<store::Job>& job) {
  const auto update = update_in(event);
  if (!update) return false;
  const bool will_ask = job && (store::is_of_event(*job) || job->leased_until > clock_.now());
  if (will_ask && !job->dead) return false;
  const event::ActivityId activity{event.object_id};
  const auto owner = store::Activities(database_).owner_of(activity);
  if (owner != event.owner_id) return false;
  if (!store::Activities(database_).apply(activity, *update, event.event_time)) return false;
  changes_.updated(activity, event.owner_id);
  return true;
}

}  // namespace hookspool::fetcher
