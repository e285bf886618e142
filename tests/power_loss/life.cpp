#include "power_loss/life.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "e2e/program.h"
#include "fetcher/spooled_events.h"
#include "power_loss/restart.h"
#include "power_loss/watched_program.h"
#include "receiver/listening_socket.h"
#include "support/fastcgi_client.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::power_loss {
namespace {

constexpr int kClients = 4;
/// FastCGI's request ids have 16 bits.
constexpr std::int64_t kMostEvents = 60'000;
constexpr std::size_t kEventsForAService = 40;

std::string body_of(std::int64_t id) {
  return test::event_body("activity", id, "create",
                          std::chrono::sys_seconds{} + std::chrono::hours(490'000));
}

/// The directory of a life, and what is recorded there.
class Stage {
 public:
  Stage() {
    std::filesystem::create_directory(disk());
    write_configuration(configuration(), disk());
  }

  std::filesystem::path disk() const { return directory_ / "disk"; }
  std::filesystem::path configuration() const { return directory_ / "hookspool.toml"; }
  std::filesystem::path socket() const { return directory_ / "socket"; }
  std::filesystem::path log() const { return directory_ / "log"; }
  Watch watch(const std::string& faults) const { return {disk(), directory_ / "record", faults}; }

  /// Whether no segment waits for a fetcher.
  bool is_taken_in() const {
    std::error_code error;
    return !std::filesystem::exists(disk() / "spool/current", error) &&
           std::filesystem::is_empty(disk() / "spool/sealed", error);
  }

  e2e::Program start_fetcher(const Run& run) const {
    std::vector<std::string> command{test::built_program("hookspool-fetcher"), "--config",
                                     configuration()};
    if (run.what == Run::kFetcherOnce) command.emplace_back("--once");
    return {watched(watch(run.faults), command), log()};
  }

  Recording recording() const { return read_recording(directory_ / "record", disk()); }

 private:
  test::TemporaryDirectory directory_;
};

/// Posts events from several threads until told to stop.
class Clients {
 public:
  /// `post` is called by all threads at once; true if it was acknowledged.
  explicit Clients(const std::function<bool(std::int64_t)>& post) {
    for (int i = 0; i < kClients; ++i) {
      threads_.emplace_back([this, post](const std::stop_token& stop) {
        while (!stop.stop_requested() && posted_ < kMostEvents) {
          if (post(++posted_)) ++acknowledged_;
          // Else so many events come while a fetcher starts that there is no end of states.
          e2e::pause_briefly();
        }
      });
    }
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients() { stop(); }

  void stop() { threads_.clear(); }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t posted() const { return static_cast<std::size_t>(posted_.load()); }

 private:
  std::atomic<std::int64_t> posted_ = 0;
  std::atomic<std::size_t> acknowledged_ = 0;
  std::vector<std::jthread> threads_;
};

/// One receiver after the other on one socket, the next when one has ended.
class Receivers {
 public:
  Receivers(const Stage& stage, const std::vector<Run>& runs)
      : listening_(receiver::ListeningSocket::at_path(stage.socket())),
        thread_([this, &stage, runs](const std::stop_token& stop) {
          for (std::size_t i = 0; i < runs.size() && !stop.stop_requested(); ++i) {
            e2e::Program receiver(
                watched(stage.watch(runs[i].faults),
                        {test::built_program("hookspool.fcgi"), "--config", stage.configuration()}),
                stage.log(), listening_.fd());
            current_ = receiver.pid();
            is_last_ = i + 1 == runs.size();
            receiver.wait();
            current_ = 0;
          }
          has_ended_ = true;
        }) {}
  Receivers(const Receivers&) = delete;
  Receivers& operator=(const Receivers&) = delete;
  ~Receivers() { stop(); }

  void wait_for_last() const {
    if (e2e::eventually([this] { return is_last_.load(); })) return;
    throw std::runtime_error("a receiver that should have been killed still runs");
  }

  void stop() {
    thread_.request_stop();
    for (; !has_ended_; e2e::pause_briefly()) {
      if (const pid_t receiver = current_; receiver > 0) ::kill(receiver, SIGTERM);
    }
  }

 private:
  receiver::ListeningSocket listening_;
  std::atomic<pid_t> current_ = 0;
  std::atomic<bool> is_last_ = false;
  std::atomic<bool> has_ended_ = false;
  std::jthread thread_;
};

void run_fetchers(const Stage& stage, const Clients& clients, const std::vector<Run>& fetchers) {
  for (const Run& run : fetchers) {
    e2e::Program fetcher = stage.start_fetcher(run);
    if (run.what == Run::kFetcherService && run.faults.empty()) {
      const std::size_t goal = clients.acknowledged() + kEventsForAService;
      if (!e2e::eventually([&] { return clients.acknowledged() >= goal; })) {
        throw std::runtime_error("the receiver takes no events");
      }
      fetcher.send(SIGTERM);
    }
    fetcher.wait();
  }
}

Life life_of(const Stage& stage, const Clients& clients) {
  return {stage.recording(), clients.acknowledged(), clients.posted()};
}

}  // namespace

Life fastcgi_life(const std::vector<Run>& receivers, const std::vector<Run>& fetchers) {
  const Stage stage;
  Receivers service(stage, receivers);
  Clients clients([&stage](std::int64_t id) {
    test::FastCgiClient client(stage.socket());
    const std::string body = body_of(id);
    client.send(test::fastcgi::request({.id = static_cast<std::uint16_t>(id)},
                                       test::fastcgi::post(body.size()), body));
    const auto answer = client.receive(static_cast<std::uint16_t>(id));
    return answer && answer->status == 200;
  });
  run_fetchers(stage, clients, fetchers);
  service.wait_for_last();
  clients.stop();
  service.stop();
  return life_of(stage, clients);
}

namespace {

/// What a CGI program answered.
std::string post_by_cgi(const Stage& stage, std::int64_t id, const std::string& faults) {
  auto environment = environment_of(stage.watch(faults));
  const std::string body = body_of(id);
  environment["REQUEST_METHOD"] = "POST";
  environment["CONTENT_LENGTH"] = std::to_string(body.size());
  environment["HOOKSPOOL_CONFIG"] = stage.configuration();
  return test::run_program({test::built_program("hookspool.fcgi")}, body, environment).output;
}

}  // namespace

Life cgi_life(const std::vector<Run>& fetchers) {
  const Stage stage;
  Clients clients([&stage](std::int64_t id) {
    const std::string faults = id % 7 == 0 ? "any:KILL:after=" + std::to_string(id % 5) : "";
    return post_by_cgi(stage, id, faults).starts_with("Status: 200");
  });
  run_fetchers(stage, clients, fetchers);
  clients.stop();
  return life_of(stage, clients);
}

namespace {

std::string kill_at(int nth_call) {
  return "any:KILL:after=" + std::to_string(nth_call - 1);
}

bool is_acknowledged(const std::string& answer) {
  return answer.starts_with("Status: 200");
}

}  // namespace

KilledLife receiver_killed_at(int nth_call) {
  const Stage stage;
  const std::string answer = post_by_cgi(stage, 1, kill_at(nth_call));
  const bool next_is_acknowledged = is_acknowledged(post_by_cgi(stage, 2, ""));
  const std::size_t acknowledged =
      (is_acknowledged(answer) ? 1U : 0U) + (next_is_acknowledged ? 1U : 0U);
  return {{stage.recording(), acknowledged, 2}, answer.empty()};
}

KilledLife fetcher_killed_at(int nth_call) {
  const Stage stage;
  const bool acknowledged = is_acknowledged(post_by_cgi(stage, 1, ""));
  const int exit_code = stage.start_fetcher({Run::kFetcherOnce, kill_at(nth_call)}).wait();
  stage.start_fetcher({Run::kFetcherOnce}).wait();
  return {{stage.recording(), acknowledged ? 1U : 0U, 1}, exit_code == 128 + SIGKILL};
}

Life life_after_half_a_seal() {
  const Stage stage;
  std::size_t acknowledged = is_acknowledged(post_by_cgi(stage, 1, "")) ? 1 : 0;
  stage.start_fetcher({Run::kFetcherOnce, "fsync:KILL:path=/sealed"}).wait();
  if (is_acknowledged(post_by_cgi(stage, 2, ""))) ++acknowledged;
  return {stage.recording(), acknowledged, 2};
}

}  // namespace hookspool::power_loss
