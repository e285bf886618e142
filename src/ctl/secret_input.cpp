#include "ctl/secret_input.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iostream>

#include "base/error.h"
#include "base/file_content.h"

namespace hookspool::ctl {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

void remember_signal(int signal) {
  caught_signal = signal;
}

/// While this lives, the signals that would end the program end wait_for_input() instead, so that
/// the terminal gets its echo back first; then they do what they do. They are blocked anywhere
/// else: one that comes just before the wait must not be lost in it.
class DeferredSignals {
 public:
  DeferredSignals() {
    caught_signal = 0;
    sigset_t deferred;
    ::sigemptyset(&deferred);
    for (const int signal : kSignals) ::sigaddset(&deferred, signal);
    ::pthread_sigmask(SIG_BLOCK, &deferred, &old_mask_);
    struct sigaction action {};
    action.sa_handler = remember_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &old_[i]);
  }
  DeferredSignals(const DeferredSignals&) = delete;
  DeferredSignals& operator=(const DeferredSignals&) = delete;
  ~DeferredSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
    if (caught_signal != 0) ::raise(caught_signal);
  }

  /// Until `fd` can be read or a signal came; false for the latter.
  bool wait_for_input(int fd) const {
    pollfd readable{fd, POLLIN, 0};
    while (caught_signal == 0) {
      if (::ppoll(&readable, 1, nullptr, &old_mask_) > 0) return true;
      if (errno != EINTR) throw SystemError("wait for the terminal", errno);
    }
    return false;
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> old_{};
  sigset_t old_mask_{};
};

/// While this lives, the terminal does not show what is typed.
class NoEcho {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &saved_) != 0) throw SystemError("ask the terminal", errno);
    termios silent = saved_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (::tcsetattr(terminal_, TCSAFLUSH, &silent) != 0) {
      throw SystemError("turn the terminal's echo off", errno);
    }
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() { ::tcsetattr(terminal_, TCSAFLUSH, &saved_); }

 private:
  int terminal_;
  termios saved_{};
};

/// Standard input up to the first newline or the end. `may_go_on` is asked before each byte.
template <typename MayGoOn>
std::string read_line(MayGoOn may_go_on) {
  std::string line;
  char c = 0;
  while (may_go_on()) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SystemError("read standard input", errno);
    if (got == 0 || c == '\n') break;
    line += c;
  }
  return line;
}

std::string ask(const std::string& what) {
  const DeferredSignals signals;
  const NoEcho no_echo(STDIN_FILENO);
  std::cerr << what << ": " << std::flush;
  std::string line = read_line([&] { return signals.wait_for_input(STDIN_FILENO); });
  std::cerr << '\n';
  if (caught_signal != 0) throw Error(ExitCode::kUsage, "no " + what + " was entered");
  return line;
}

std::string without_blanks(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string read_text(const std::string& what, const std::string& file) {
  if (!file.empty()) return read_file(file);
  return ::isatty(STDIN_FILENO) == 1 ? ask(what) : read_line([] { return true; });
}

}  // namespace

Secret read_secret(const std::string& what, const std::string& file) {
  Secret secret(without_blanks(read_text(what, file)));
  if (secret.empty()) {
    throw Error(ExitCode::kBadData,
                "there is no " + what + " in " + (file.empty() ? "the input" : file));
  }
  return secret;
}

}  // namespace hookspool::ctl
