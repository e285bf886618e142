#include "power_loss/restart.h"

#include <soci/soci.h>
#include <fstream>

#include "base/clock.h"
#include "fetcher/changes.h"
#include "fetcher/ingest.h"
#include "fetcher/spooled_events.h"
#include "spool/journal.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/database.h"
#include "store/events.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::power_loss {
namespace {

/// The event that comes after the restart.
constexpr std::int64_t kNewEvent = 1'000'000;

class Machine {
 public:
  Machine(const Image& image, By by) : by_(by) {
    for (const std::string& name : image.directories) {
      std::filesystem::create_directory(root() / name);
    }
    for (const auto& [name, content] : image.files) {
      std::ofstream(root() / name, std::ios::binary) << content;
    }
    if (by_ == By::kTheProgram) write_configuration(root() / "hookspool.toml", root());
  }

  /// A pass of the fetcher.
  void take_in() {
    if (by_ == By::kTheProgram) {
      const test::ProgramRun run =
          test::run_program({test::built_program("hookspool-fetcher"), "--config",
                             root() / "hookspool.toml", "--once"});
      constexpr int kJobsWait = 75;
      if (run.exit_code != 0 && run.exit_code != kJobsWait) {
        throw std::runtime_error("exit code " + std::to_string(run.exit_code) + ": " + run.errors);
      }
      return;
    }
    store::Database database(store_url());
    spool::Reader reader(layout_.root(), spool::real_file_system(), clock_);
    const spool::PendingAuthorizations authorizations(layout_, clock_);
    fetcher::Changes changes(database, clock_, {});
    fetcher::Ingest(reader, authorizations, database, clock_, changes, {}).run();
  }

  void spool_new_event() {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    spool::Journal(spool::real_file_system(), clock_, layout_)
        .append(spool::encode({clock_.now(), spool::new_record_id(clock_.now()),
                               test::event_body("activity", kNewEvent, "create", now), ""}));
  }

  void look(Outcome& outcome) {
    store::Database database(store_url());
    for (const auto& event : store::Events(database).list({})) {
      ++outcome.events[event.event.object_id];
    }
    std::string verdict;
    database.session() << "PRAGMA integrity_check", soci::into(verdict);
    if (verdict != "ok") outcome.complaints.push_back("the database is damaged: " + verdict);
    const spool::Reader reader(layout_.root(), spool::real_file_system(), clock_);
    if (!reader.sealed_segments().empty()) outcome.complaints.push_back("a segment is stuck");
  }

 private:
  const std::filesystem::path& root() const { return directory_.path(); }
  std::string store_url() const { return "sqlite:" + (root() / "store/hookspool.db").string(); }

  By by_;
  // In memory, where the many syncs cost nothing.
  test::TemporaryDirectory directory_{"/dev/shm"};
  SystemClock clock_;
  spool::Layout layout_{directory_.path() / "spool"};
};

}  // namespace

Outcome restart(const Image& image, By by) {
  Outcome outcome;
  try {
    Machine machine(image, by);
    machine.take_in();
    machine.spool_new_event();
    machine.take_in();
    machine.look(outcome);
    if (outcome.events[kNewEvent] != 1) outcome.complaints.push_back("it takes no new event");
    outcome.events.erase(kNewEvent);
  } catch (const std::exception& error) {
    outcome.complaints.push_back(error.what());
  }
  for (const auto& [id, rows] : outcome.events) {
    if (rows == 1) continue;
    outcome.complaints.push_back("event " + std::to_string(id) + " is there more than once");
  }
  return outcome;
}

void write_configuration(const std::filesystem::path& file, const std::filesystem::path& root,
                         const std::string& strava, const std::string& more) {
  std::ofstream(file) << "[receiver]\nspool = \"" << (root / "spool").string()
                      << "\"\nverify_token = \"t0ken\"\n[strava]\nclient_id = "
                      << test::SimulatedStrava::kClientId << "\nclient_secret = \""
                      << test::SimulatedStrava::kClientSecret << "\"\napi_url = \"" << strava
                      << "/api/v3\"\noauth_url = \"" << strava
                      << "/oauth\"\nsignature = \"off\"\n[store]\nurl = \"sqlite:"
                      << (root / "store/hookspool.db").string() << "\"\n"
                      << more;
  std::filesystem::permissions(file, std::filesystem::perms{0600});
}

}  // namespace hookspool::power_loss
