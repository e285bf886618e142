#include "store/listings.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

constexpr const char* kSelect = R"sql(
    SELECT id, kind, athlete_id, begun_us, after_at, before_at, details, with_streams, may_remove,
           page, looks_again, listed, wanted, gone, ended_us
    FROM listings )sql";

/// The listings that kSelect with this ending finds; `uses` are the soci::use of its parameters.
template <typename... Uses>
std::vector<Listing> select(Database& database, const std::string& ending, const Uses&... uses) {
  Listing listing;
  std::string kind;
  std::int64_t athlete = 0;
  std::int64_t begun_us = 0;
  std::int64_t after_at = 0;
  std::int64_t before_at = 0;
  int details = 0;
  int with_streams = 0;
  int may_remove = 0;
  int looks_again = 0;
  Nullable<std::int64_t> ended_us;
  std::vector<Listing> all;
  database.run_for_each(
      kSelect + ending,
      [&](soci::statement& statement) {
        statement.exchange(soci::into(listing.id));
        statement.exchange(soci::into(kind));
        statement.exchange(soci::into(athlete));
        statement.exchange(soci::into(begun_us));
        statement.exchange(soci::into(after_at));
        statement.exchange(soci::into(before_at));
        statement.exchange(soci::into(details));
        statement.exchange(soci::into(with_streams));
        statement.exchange(soci::into(may_remove));
        statement.exchange(soci::into(listing.page));
        statement.exchange(soci::into(looks_again));
        statement.exchange(soci::into(listing.listed));
        statement.exchange(soci::into(listing.wanted));
        statement.exchange(soci::into(listing.gone));
        statement.exchange(soci::into(ended_us.value, ended_us.indicator));
      },
      [&] {
        listing.kind = kind == "reconcile" ? Listing::Kind::kReconcile : Listing::Kind::kBackfill;
        listing.athlete_id = event::AthleteId{athlete};
        listing.begun = from_microseconds(begun_us);
        listing.after = from_seconds(after_at);
        listing.before = from_seconds(before_at);
        listing.details = details != 0;
        listing.with_streams = with_streams != 0;
        listing.may_remove = may_remove != 0;
        listing.looks_again = looks_again != 0;
        const auto ended = ended_us.get();
        listing.ended = ended ? std::optional(from_microseconds(*ended)) : std::nullopt;
        all.push_back(listing);
      },
      uses...);
  return all;
}

}  // namespace

const char* name_of(Listing::Kind kind) {
  return kind == Listing::Kind::kReconcile ? "reconcile" : "backfill";
}

std::int64_t Listings::add(const Listing& listing) {
  const std::string kind = name_of(listing.kind);
  const std::int64_t athlete = number(listing.athlete_id);
  const std::int64_t begun_us = to_microseconds(listing.begun);
  const std::int64_t after_at = to_seconds(listing.after);
  const std::int64_t before_at = to_seconds(listing.before);
  const int details = listing.details ? 1 : 0;
  const int with_streams = listing.with_streams ? 1 : 0;
  const int may_remove = listing.may_remove ? 1 : 0;
  std::int64_t id = 0;
  Transaction transaction(database_);
  database_.run(R"sql(
        INSERT INTO listings (kind, athlete_id, begun_us, after_at, before_at, details,
                              with_streams, may_remove)
        VALUES (:kind, :athlete, :begun, :after_at, :before_at, :details,
                :with_streams, :may_remove))sql",
                soci::use(kind), soci::use(athlete), soci::use(begun_us), soci::use(after_at),
                soci::use(before_at), soci::use(details), soci::use(with_streams),
                soci::use(may_remove));
  database_.run("SELECT MAX(id) FROM listings", soci::into(id));
  transaction.commit();
  return id;
}

std::optional<Listing> Listings::find(std::int64_t id) {
  const auto found = select(database_, "WHERE id = :id", soci::use(id));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

void Listings::update(const Listing& listing) {
  const int looks_again = listing.looks_again ? 1 : 0;
  Nullable<std::int64_t> ended_us;
  if (listing.ended) ended_us = Nullable(std::optional(to_microseconds(*listing.ended)));
  database_.run(R"sql(
        UPDATE listings SET page = :page, looks_again = :looks_again, listed = :listed,
                            wanted = :wanted, gone = :gone, ended_us = :ended
        WHERE id = :id)sql",
                soci::use(listing.page), soci::use(looks_again), soci::use(listing.listed),
                soci::use(listing.wanted), soci::use(listing.gone),
                soci::use(ended_us.value, ended_us.indicator), soci::use(listing.id));
}

void Listings::allow_removal(std::int64_t id) {
  database_.run("UPDATE listings SET may_remove = 1 WHERE id = :id", soci::use(id));
}

std::vector<Listing> Listings::list(std::size_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  return select(database_, "ORDER BY id DESC LIMIT :limit", soci::use(limit));
}

std::vector<Listing> Listings::list(Listing::Kind kind) {
  const std::string kind_name = name_of(kind);
  return select(database_, "WHERE kind = :kind ORDER BY id DESC", soci::use(kind_name, "kind"));
}

std::vector<Listing> Listings::open(Listing::Kind kind, std::optional<event::AthleteId> athlete) {
  const std::string kind_name = name_of(kind);
  const std::int64_t wanted = athlete ? number(*athlete) : 0;
  return select(database_,
                "WHERE ended_us IS NULL AND kind = :kind "
                "AND (:athlete = 0 OR athlete_id = :athlete) ORDER BY id",
                soci::use(kind_name, "kind"), soci::use(wanted, "athlete"));
}

std::vector<Listing> Listings::pending() {
  return select(database_, "WHERE ended_us IS NULL OR gone > 0 ORDER BY kind DESC, id DESC");
}

void Listings::renew(std::int64_t id, Timestamp begun, std::chrono::sys_seconds before) {
  const std::int64_t begun_us = to_microseconds(begun);
  const std::int64_t before_at = to_seconds(before);
  database_.run("UPDATE listings SET begun_us = :begun, before_at = :before WHERE id = :id",
                soci::use(begun_us), soci::use(before_at), soci::use(id));
}

void Listings::end(std::int64_t id, Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  database_.run("UPDATE listings SET ended_us = :now WHERE id = :id AND ended_us IS NULL",
                soci::use(now_us), soci::use(id));
  forget_seen(id);
}

void Listings::forget_questions(const Listing& listing) {
  const std::int64_t athlete = number(listing.athlete_id);
  const std::string after = to_rfc3339_seconds(listing.after);
  const std::string before = to_rfc3339_seconds(listing.before);
  database_.run(R"sql(
        UPDATE listings SET gone = 0
        WHERE gone > 0 AND athlete_id = :athlete
          AND NOT EXISTS
            (SELECT 1 FROM activities
             WHERE activities.athlete_id = listings.athlete_id
               AND start_date > STRFTIME('%Y-%m-%dT%H:%M:%SZ', after_at, 'unixepoch')
               AND start_date < STRFTIME('%Y-%m-%dT%H:%M:%SZ', before_at, 'unixepoch')
               AND NOT (start_date > :after AND start_date < :before)))sql",
                soci::use(athlete, "athlete"), soci::use(after, "after"),
                soci::use(before, "before"));
}

void Listings::forget(Timestamp ended_before) {
  const std::int64_t before_us = to_microseconds(ended_before);
  // The last one of each athlete tells when the next is due.
  database_.run(R"sql(
        DELETE FROM listings WHERE ended_us < :before AND gone = 0
          AND id NOT IN (SELECT MAX(id) FROM listings GROUP BY athlete_id, kind))sql",
                soci::use(before_us));
}

bool Listings::saw(std::int64_t id, event::ActivityId activity) {
  const std::int64_t activity_id = number(activity);
  database_.run("INSERT OR IGNORE INTO listed_activities VALUES (:listing, :activity)",
                soci::use(id), soci::use(activity_id));
  return database_.affected() == 1;
}

std::vector<event::ActivityId> Listings::not_seen(const Listing& listing, Timestamp now) {
  const std::int64_t athlete = number(listing.athlete_id);
  const std::int64_t begun_us = to_microseconds(listing.begun);
  const std::int64_t now_us = to_microseconds(now);
  const std::string after = to_rfc3339_seconds(listing.after);
  const std::string before = to_rfc3339_seconds(listing.before);
  return database_.guarded([&] {
    std::vector<event::ActivityId> ids;
    std::int64_t id = 0;
    soci::statement statement =
        (database_.session().prepare << R"sql(
           SELECT id FROM activities
           WHERE athlete_id = :athlete AND start_date > :after_at AND start_date < :before_at
             AND (fetched_us < :begun OR fetched_us > :now) AND undeleted = 0
             AND id NOT IN
               (SELECT activity_id FROM listed_activities WHERE listing_id = :listing))sql",
         soci::use(athlete), soci::use(after), soci::use(before), soci::use(begun_us),
         soci::use(now_us), soci::use(listing.id), soci::into(id));
    statement.execute();
    while (statement.fetch()) ids.push_back(event::ActivityId{id});
    return ids;
  });
}

void Listings::forget_seen(std::int64_t id) {
  database_.run("DELETE FROM listed_activities WHERE listing_id = :id", soci::use(id));
}

}  // namespace hookspool::store
