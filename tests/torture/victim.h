#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "e2e/program.h"
#include "e2e/stage.h"

namespace hookspool::torture {

/// What happens to one CGI program.
struct CgiTrouble {
  std::optional<int> killed_after_microseconds;
  std::string rules;  ///< of preload/rules.h; may be empty
};

/// The programs under test with all that is around them, and the hands to do them harm. Whatever
/// ends is started again by tend(), as systemd would do it.
///
/// The spool stands on a disk of its own, a small one in memory, where the system lets us mount
/// one: why_no_disk() is empty then.
class Victim {
 public:
  Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim();

  e2e::Stage& stage() { return stage_; }
  const std::string& why_no_disk() const { return why_no_disk_; }

  /// Starts again what has ended. Called often, by one thread.
  void tend();

  // Harm. Everything ends with heal(), at the latest.

  void kill_receiver();
  void stop_receiver();
  void kill_fetcher();
  void kill_web_server() { stage_.kill_web_server(); }
  /// A second one beside the first.
  void start_second_fetcher();
  void fill_disk();
  /// False if somebody was writing all the time.
  bool make_disk_read_only();
  /// The receiver may write no file that is longer than it is now.
  void limit_file_size();
  /// The receiver may open no further descriptor.
  void limit_descriptors();
  /// Starts receiver and fetcher again with system calls that go wrong: rules of preload/rules.h.
  void break_system_calls(const std::string& rules);
  /// The clocks of all that runs, and is started, are wrong by so many hours from now on.
  void move_clocks(int of_receivers, int of_fetchers) const;
  /// Puts another directory in the place of the spool; the old one comes back in heal(). False if
  /// the disk allows neither.
  bool replace_spool();
  void heal();
  /// Ends all programs but Strava and the web server.
  void stop_all();

  /// What a CGI program answered to an event; 0 if it was killed before. Called by several threads.
  int post_by_cgi(const std::string& body, const CgiTrouble& trouble) const;

 private:
  void mount_disk();
  std::filesystem::path ballast() const { return disk_ / "ballast"; }
  bool remount(unsigned long flags) const;
  void start_receiver();
  void start_fetcher();
  /// What a program is started by, so that it has that clock, and system calls that go wrong.
  std::vector<std::string> prefix(const std::filesystem::path& clock,
                                  const std::string& rules) const;
  std::filesystem::path clock_of_receivers() const { return stage_.directory() / "clock-1"; }
  std::filesystem::path clock_of_fetchers() const { return stage_.directory() / "clock-2"; }
  void bring_back_replaced_spools();

  e2e::Stage stage_;
  std::filesystem::path disk_ = stage_.directory() / "disk";
  std::filesystem::path spool_ = disk_ / "spool";
  std::string why_no_disk_;
  std::optional<e2e::Program> receiver_;
  std::optional<e2e::Program> fetcher_;
  std::vector<e2e::Program> others_;
  std::vector<std::filesystem::path> replaced_;
  int replacements_ = 0;
  std::string rules_;
};

}  // namespace hookspool::torture
