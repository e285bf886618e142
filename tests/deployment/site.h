#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "deployment/machine.h"
#include "e2e/http_answer.h"
#include "e2e/program.h"
#include "e2e/strava.h"

namespace hookspool::deployment {

/// hookspool on a machine of its own, installed and set up in one of the ways that
/// docs/deployment.md describes, behind https://www.example.org, and subscribed to.
class Site {
 public:
  virtual ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// From nothing to a callback that answers.
  void open();
  /// From nothing to subscribed.
  void set_up();

  const Machine& machine() const { return machine_; }
  const e2e::Strava& strava() const { return *strava_; }
  virtual std::string callback_url() const = 0;
  virtual std::filesystem::path spool() const = 0;  ///< as the test sees it

  e2e::HttpAnswer request(const std::string& method, const std::string& query = "",
                          const std::string& body = "") const;
  /// What a browser gets that follows no redirect; the site's own address or Strava's.
  e2e::HttpAnswer browse(const std::string& url) const;
  /// Posts in chunks, without a word on how long it is; the status.
  int post_in_chunks(const std::string& body) const;
  /// What Strava posts when an activity is created.
  std::string create_event(std::int64_t activity) const;
  /// Posts a create event; the status. From any thread.
  int post(std::int64_t activity) const;
  /// As the user that the fetcher has.
  virtual e2e::Finished ctl(const Machine::Command& arguments,
                            const std::string& input = "") const = 0;
  virtual e2e::Finished fetch() const = 0;
  /// `hookspoolctl doctor`, as docs/deployment.md says it for this way.
  virtual e2e::Finished doctor() const = 0;
  /// Its exit code when all is well.
  virtual int good_health() const { return 0; }
  /// Files in which somebody else, whose web server it is, has the whole address of each request.
  virtual std::set<std::string> logs_of_the_host() const { return {}; }
  /// The longest body in chunks that the web server passes on.
  virtual std::size_t longest_in_chunks() const { return 1'000'000; }
  std::set<std::int64_t> stored() const;
  /// How many lines of what has been logged on the machine have `text` in them; files of the names
  /// in `but` are left out.
  std::size_t log_lines(const std::string& text, const std::set<std::string>& but = {}) const;

  virtual void start_web_server() = 0;
  /// As an administrator does it after a change of the configuration.
  virtual void reload_web_server() = 0;
  /// SIGKILL to all its processes, and what it started, at once.
  void kill_web_server();
  /// SIGTERM to every receiver; whoever has started it starts it again when there is a request.
  virtual void end_receivers();
  /// Ends every receiver, and nobody can start one again.
  virtual void lose_receivers() = 0;
  static std::vector<pid_t> receivers() { return Machine::processes("hookspool.fcgi"); }
  /// Whether these receivers end, which is waited for.
  static bool end_soon(const std::vector<pid_t>& ending);

 protected:
  /// end_receivers(), and returns once they have ended: until then they answer what comes.
  void end_receivers_and_wait();

  /// Puts a program into the place of the receiver that ends at once.
  void break_program(const std::filesystem::path& inside) const;
  explicit Site(const std::filesystem::path& lower = "/");

  virtual void install() = 0;
  virtual void configure() = 0;
  virtual void configure_web_server() = 0;

  /// A file of the repository, with the installation's prefix in it.
  void ship(const std::string& file, const std::filesystem::path& inside) const;
  /// The options of `hookspoolctl init` for this site.
  Machine::Command init_options(const std::filesystem::path& secret_file) const;
  void run_web_server(const Machine::Command& command);
  const e2e::Program& web_server() const { return *web_server_; }
  void wait_for_web_server() const;

 private:
  void make_certificate() const;

  Machine machine_;
  std::optional<e2e::Strava> strava_;
  std::optional<e2e::Program> web_server_;
};

/// One way to deploy it.
struct Way {
  const char* name;
  std::unique_ptr<Site> (*make)();
  /// Empty, or why it cannot be tried on this machine.
  std::string (*obstacle)();
};

/// All of them.
const std::vector<Way>& ways();

/// For GoogleTest.
inline void PrintTo(const Way& way, std::ostream* out) {
  *out << way.name;
}

}  // namespace hookspool::deployment
