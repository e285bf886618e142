#include "torture/victim.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "base/descriptor.h"
#include "base/error.h"
#include "deployment/namespaces.h"

namespace hookspool::torture {
namespace {

constexpr const char* kDiskSize = "size=64m";

std::vector<std::string> with(std::vector<std::string> prefix,
                              const std::vector<std::string>& command) {
  prefix.insert(prefix.end(), command.begin(), command.end());
  return prefix;
}

/// Running programs have the file in their memory, so it is written to in its place.
void set_clock(const std::filesystem::path& clock, int hours_off) {
  const std::int64_t seconds = std::chrono::seconds(std::chrono::hours(hours_off)).count();
  const Descriptor file(::open(clock.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (::pwrite(file.get(), &seconds, sizeof seconds, 0) != sizeof seconds) {
    throw SystemError("set the clock of " + clock.string(), errno);
  }
}

void limit(const e2e::Program& program, __rlimit_resource resource, rlim_t soft) {
  const rlimit wanted{soft, RLIM_INFINITY};
  // One that has ended meanwhile has no limits.
  ::prlimit(program.pid(), resource, &wanted, nullptr);
}

}  // namespace

Victim::Victim() : stage_({.accept = "", .start_receiver = false, .subscribe = false}) {
  mount_disk();
  move_clocks(0, 0);
  std::filesystem::create_directories(spool_);
  std::filesystem::create_directory_symlink(spool_, stage_.spool());
  tend();
  stage_.wait_for_receiver();
  stage_.subscribe();
}

Victim::~Victim() {
  stop_all();
  if (why_no_disk_.empty()) ::umount2(disk_.c_str(), MNT_DETACH);
}

void Victim::mount_disk() {
  std::filesystem::create_directories(disk_);
  why_no_disk_ = deployment::why_not_isolated();
  if (why_no_disk_.empty() && ::mount("tmpfs", disk_.c_str(), "tmpfs", 0, kDiskSize) != 0) {
    why_no_disk_ = std::string("no file system of its own: ") + std::strerror(errno);
  }
}

std::vector<std::string> Victim::prefix(const std::filesystem::path& clock,
                                        const std::string& rules) const {
  std::vector<std::string> words{
      "env", "LD_PRELOAD=" + (e2e::build_directory() / "libsystem_calls.so").string(),
      // AddressSanitizer wants to be first, and does without it, too.
      "ASAN_OPTIONS=verify_asan_link_order=0", "HOOKSPOOL_CALLS_CLOCK=" + clock.string()};
  if (!rules.empty()) {
    words.push_back("HOOKSPOOL_CALLS_BELOW=" + stage_.directory().string());
    words.push_back("HOOKSPOOL_CALLS_FAULTS=" + rules);
  }
  return words;
}

void Victim::start_receiver() {
  const std::vector<std::string> receiver{e2e::build_directory() / "hookspool.fcgi", "--config",
                                          stage_.directory() / "hookspool.toml", "--socket",
                                          stage_.directory() / "hookspool.sock"};
  receiver_.emplace(with(prefix(clock_of_receivers(), rules_), receiver),
                    stage_.directory() / "receiver.log");
}

void Victim::start_fetcher() {
  fetcher_.emplace(with(prefix(clock_of_fetchers(), rules_), stage_.fetcher_command({})),
                   stage_.directory() / "fetcher.log");
}

void Victim::tend() {
  if (!receiver_ || !receiver_->is_running()) start_receiver();
  if (!fetcher_ || !fetcher_->is_running()) start_fetcher();
  std::erase_if(others_, [](const e2e::Program& other) { return !other.is_running(); });
}

void Victim::kill_receiver() {
  receiver_->kill();
}

void Victim::stop_receiver() {
  receiver_->send(SIGTERM);
}

void Victim::kill_fetcher() {
  fetcher_->kill();
}

void Victim::start_second_fetcher() {
  // On the same machine, so by the same clock.
  others_.emplace_back(with(prefix(clock_of_fetchers(), ""), stage_.fetcher_command({"--drain"})),
                       stage_.directory() / "fetcher.log");
}

void Victim::fill_disk() {
  const Descriptor file(::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string block(64 * 1024, 'x');
  for (std::size_t size = block.size(); size > 0; size /= 2) {
    while (::write(file.get(), block.data(), size) == static_cast<ssize_t>(size)) {
    }
  }
}

bool Victim::remount(unsigned long flags) const {
  return ::mount(nullptr, disk_.c_str(), nullptr, MS_REMOUNT | flags, kDiskSize) == 0;
}

bool Victim::make_disk_read_only() {
  // Refused while a file is open for writing, as it is in an undisturbed receiver, and in CGI
  // programs by turns; a disk that becomes read-only by an error asks nobody, and this comes
  // nearest to it.
  receiver_->kill();
  fetcher_->kill();
  others_.clear();
  return e2e::eventually([this] { return remount(MS_RDONLY); }, std::chrono::seconds(2));
}

void Victim::limit_file_size() {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(spool_ / "current", ignored);
  if (!ignored) limit(*receiver_, RLIMIT_FSIZE, size + 100);
}

void Victim::limit_descriptors() {
  constexpr rlim_t kLessThanOpen = 5;
  limit(*receiver_, RLIMIT_NOFILE, kLessThanOpen);
}

void Victim::break_system_calls(const std::string& rules) {
  rules_ = rules;
  receiver_->kill();
  fetcher_->kill();
  tend();
}

void Victim::move_clocks(int of_receivers, int of_fetchers) const {
  set_clock(clock_of_receivers(), of_receivers);
  set_clock(clock_of_fetchers(), of_fetchers);
}

bool Victim::replace_spool() {
  // What was brought back stands empty under its name.
  const auto old = disk_ / ("replaced-" + std::to_string(++replacements_));
  std::error_code failed;
  std::filesystem::rename(spool_, old, failed);
  if (failed) return false;
  replaced_.push_back(old);
  std::filesystem::create_directory(spool_, failed);
  return !failed;
}

void Victim::heal() {
  if (why_no_disk_.empty()) remount(0);
  std::error_code ignored;
  std::filesystem::remove(ballast(), ignored);
  limit(*receiver_, RLIMIT_FSIZE, RLIM_INFINITY);
  constexpr rlim_t kPlenty = 10'000;
  limit(*receiver_, RLIMIT_NOFILE, kPlenty);
  move_clocks(0, 0);
  if (!rules_.empty()) {
    rules_.clear();
    receiver_->kill();
    fetcher_->kill();
  }
  bring_back_replaced_spools();
  tend();
}

void Victim::stop_all() {
  if (fetcher_) fetcher_->stop();
  if (receiver_) receiver_->stop();
  for (e2e::Program& other : others_) other.wait();
  others_.clear();
}

/// As a person would who finds out: what is in the old one is moved into the new one's sealed
/// segments, once nobody writes to it any more.
void Victim::bring_back_replaced_spools() {
  if (replaced_.empty()) return;
  receiver_->kill();
  fetcher_->kill();
  std::filesystem::create_directories(spool_ / "sealed");
  int number = 0;
  for (const std::filesystem::path& old : replaced_) {
    const auto bring = [&](const std::filesystem::path& segment) {
      const std::string name = "0000000000000000000" + std::to_string(++number) + "-" +
                               old.filename().string() + ".segment";
      std::filesystem::rename(segment, spool_ / "sealed" / name);
    };
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(old / "sealed", none)) {
      bring(entry.path());
    }
    if (std::filesystem::exists(old / "current")) bring(old / "current");
  }
  replaced_.clear();
}

int Victim::post_by_cgi(const std::string& body, const CgiTrouble& trouble) const {
  std::vector<std::string> command;
  if (trouble.killed_after_microseconds) {
    char seconds[16];
    std::snprintf(seconds, sizeof seconds, "0.%06d", *trouble.killed_after_microseconds);
    command = {"timeout", "--signal=KILL", seconds};
  }
  const std::vector<std::string> rules = prefix(clock_of_receivers(), trouble.rules);
  command.insert(command.end(), rules.begin(), rules.end());
  command.insert(command.end(),
                 {"REQUEST_METHOD=POST", "CONTENT_LENGTH=" + std::to_string(body.size()),
                  "HOOKSPOOL_CONFIG=" + (stage_.directory() / "hookspool.toml").string(),
                  e2e::build_directory() / "hookspool.fcgi"});
  const e2e::Finished finished = e2e::run(command, body);
  return finished.output.starts_with("Status: 200") ? 200 : 0;
}

}  // namespace hookspool::torture
