#include "torture/troubles.h"

namespace hookspool::torture {
namespace {

/// The journal forgets what is older than 30 days.
constexpr int kMostHoursOfReceivers = 200;
/// From one end to the other less than an access token lasts, so that few are refreshed because of
/// a jump. If a kill, or another fetcher, comes between Strava's exchange of the refresh token and
/// its being stored, the athlete has to authorize again.
constexpr int kMostHoursOfFetchers = 2;

int hours_within(int farthest, std::mt19937& random) {
  return std::uniform_int_distribution<int>(-farthest, farthest)(random);
}

Trouble without_chance(std::string name, bool (Victim::*strike)()) {
  return {std::move(name), [strike](Victim& victim, std::mt19937&) { return (victim.*strike)(); }};
}

/// One that cannot fail.
Trouble without_chance(std::string name, void (Victim::*strike)()) {
  return {std::move(name), [strike](Victim& victim, std::mt19937&) {
            (victim.*strike)();
            return true;
          }};
}

Trouble system_calls(const std::string& rules) {
  return {"system calls " + rules, [rules](Victim& victim, std::mt19937&) {
            victim.break_system_calls(rules);
            return true;
          }};
}

}  // namespace

std::vector<Trouble> troubles(const Victim& victim) {
  std::vector<Trouble> all{
      without_chance("kill -9 of the receiver", &Victim::kill_receiver),
      without_chance("end of the receiver", &Victim::stop_receiver),
      without_chance("kill -9 of the fetcher", &Victim::kill_fetcher),
      without_chance("kill -9 of the web server", &Victim::kill_web_server),
      without_chance("a second fetcher", &Victim::start_second_fetcher),
      without_chance("a limit of the file size", &Victim::limit_file_size),
      without_chance("a limit of descriptors", &Victim::limit_descriptors),
      without_chance("another spool directory", &Victim::replace_spool),
      {"a jump of the clocks",
       [](Victim& victim, std::mt19937& random) {
         victim.move_clocks(hours_within(kMostHoursOfReceivers, random),
                            hours_within(kMostHoursOfFetchers, random));
         return true;
       }},
      system_calls("write:EIO:after=20:times=3:path=/current"),
      system_calls("write:SHORT:path=/current"),
      system_calls("write:TORN:after=30:path=/current"),
      system_calls("write:EDQUOT:after=5:times=50:path=/current"),
      system_calls("fdatasync:EIO:after=10:times=2:path=/current"),
      system_calls("fsync:EIO:after=2:times=2"),
      system_calls("rename:EIO:times=3"),
      // A disk that turns read-only while it is written to.
      system_calls("any:EROFS:after=30:times=200"),
      system_calls("any:KILL:after=200"),
      system_calls("pwrite:SHORT:after=20:times=2 pwrite:ENOSPC:after=100:times=5"),
  };
  if (victim.why_no_disk().empty()) {
    all.push_back(without_chance("a full disk", &Victim::fill_disk));
    all.push_back(without_chance("a disk that turns read-only", &Victim::make_disk_read_only));
  }
  return all;
}

}  // namespace hookspool::torture
