#include "fetcher/watchman.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "store/alerts.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/job_report.h"
#include "store/listings.h"
#include "store/pause.h"

namespace hookspool::fetcher {
namespace {

/// When the file was written; nothing if it is not there.
std::optional<Timestamp> time_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  if (error) return std::nullopt;
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::file_clock::to_sys(written));
}

}  // namespace

Watchman::Watchman(store::Database& database, const Clock& clock, Changes& changes,
                   const config::AlertConfig& config, Places places, FreeSpace free_space)
    : database_(database),
      clock_(clock),
      changes_(changes),
      config_(config),
      places_(std::move(places)),
      free_space_(std::move(free_space)) {}

void Watchman::look() {
  store::Transaction transaction(database_);
  store::Alerts alerts(database_);
  const Faults now_wrong = faults();
  for (const store::Alert& alert : alerts.list()) {
    if (now_wrong.contains(alert.name)) continue;
    alerts.end(alert.name);
    changes_.alert_ended(alert.name, alert.detail);
    log::info("no longer: " + alert.detail);
  }
  for (const auto& [name, sentence] : now_wrong) {
    if (!alerts.start({name, clock_.now(), sentence})) continue;
    changes_.alert_started(name, sentence);
    log::error("alert: " + sentence);
  }
  transaction.commit();
}

Watchman::Faults Watchman::faults() const {
  Faults faults;
  look_at_application(faults);
  look_at_athletes(faults);
  look_at_backlog(faults);
  look_for_silence(faults);
  look_at_disks(faults);
  look_at_questions(faults);
  return faults;
}

void Watchman::look_at_application(Faults& faults) const {
  const auto pause = store::Pause(database_).find();
  if (!pause || pause->kind != store::PauseState::Kind::kApplication) return;
  faults["application"] = "nothing is fetched for anybody: " + pause->reason;
}

void Watchman::look_at_athletes(Faults& faults) const {
  for (const store::Athlete& athlete : store::Athletes(database_).list()) {
    if (!athlete.stopped_because) continue;
    const std::string id = std::to_string(static_cast<std::int64_t>(athlete.id));
    faults["athlete " + id] =
        "nothing is fetched, or deleted, for athlete " + id +
        ", who has to authorize again (hookspoolctl authorize), or whose "
        "data you have to delete within 30 days (hookspoolctl athlete purge " +
        id + "): " + *athlete.stopped_because;
  }
}

void Watchman::look_at_backlog(Faults& faults) const {
  const auto oldest = store::JobReport(database_).oldest_of_events();
  if (!oldest || clock_.now() - *oldest <= config_.backlog) return;
  faults["backlog"] =
      "the job of an event has waited longer than [alerts] backlog allows; see "
      "hookspoolctl status";
}

void Watchman::look_for_silence(Faults& faults) const {
  const auto since = silent_since();
  if (!since || clock_.now() - *since <= config_.silence) return;
  const auto missed = store::Counters(database_).get(store::counter::kMissedByWebhooks);
  if (missed.count == 0 || missed.last <= *since) return;
  faults["silence"] = "no event has come since " + to_rfc3339_seconds(*since) +
                      ", though there were new activities; run hookspoolctl doctor";
}

/// The last event, or when the first one could have come: when there was a subscription, and
/// somebody to tell of. Nothing if none is to be expected, as by those who only reconcile.
std::optional<Timestamp> Watchman::silent_since() const {
  const auto heard = store::Counters(database_).get(store::counter::kEvent);
  auto subscribed = time_of(places_.subscription);
  // Since when there is one that another program made, nobody told us.
  if (!subscribed && places_.is_subscription_configured) subscribed = Timestamp{};
  const auto athletes = store::Athletes(database_).list();
  if (athletes.empty() || !subscribed) return std::nullopt;
  const auto first = std::min_element(
      athletes.begin(), athletes.end(),
      [](const auto& one, const auto& other) { return one.authorized < other.authorized; });
  return std::max({heard.last, *subscribed, first->authorized});
}

void Watchman::look_at_disks(Faults& faults) const {
  // Not one message for each file that comes and goes.
  constexpr double kEnoughAgain = 1.2;
  const std::vector<store::Alert> told = store::Alerts(database_).list();
  for (const std::filesystem::path& path : places_.disks) {
    const std::string name = "disk " + path.string();
    const bool is_told = std::any_of(told.begin(), told.end(), [&name](const store::Alert& alert) {
      return alert.name == name;
    });
    // Where that would be more than there is, half of the way to an empty disk is enough.
    const double enough_again =
        std::min(config_.disk_free * kEnoughAgain, (config_.disk_free + 1) / 2);
    if (free_space_(path) >= (is_told ? enough_again : config_.disk_free)) continue;
    faults[name] = "the disk of " + path.string() + " is nearly full";
  }
}

void Watchman::look_at_questions(Faults& faults) const {
  for (const store::Listing& listing : store::Listings(database_).pending()) {
    if (listing.gone == 0) continue;
    const std::string id = std::to_string(static_cast<std::int64_t>(listing.athlete_id));
    faults["removal " + id] = std::to_string(listing.gone) + " activities of athlete " + id +
                              " are no longer in Strava's list; hookspoolctl reconcile --athlete " +
                              id + " --may-remove lets them be removed";
  }
}

double Watchman::free_space_of(const std::filesystem::path& path) {
  struct statvfs status {};
  // A disk that cannot be asked is found out about by whoever writes to it.
  if (::statvfs(path.c_str(), &status) != 0 || status.f_blocks == 0) return 1;
  return static_cast<double>(status.f_bavail) / static_cast<double>(status.f_blocks);
}

}  // namespace hookspool::fetcher
