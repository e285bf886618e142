#include "ctl/secret_input.h"

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

/// While this lives, the signals that would end the program interrupt its read() instead, so that
/// the terminal gets its echo back first; then they do what they do.
class DeferredSignals {
 public:
  DeferredSignals() {
    caught_signal = 0;
    struct sigaction action {};
    action.sa_handler = remember_signal;  // without SA_RESTART
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &old_[i]);
  }
  DeferredSignals(const DeferredSignals&) = delete;
  DeferredSignals& operator=(const DeferredSignals&) = delete;
  ~DeferredSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    if (caught_signal != 0) ::raise(caught_signal);
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> old_{};
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

/// Up to the first newline or the end; also ends when a signal came.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (true) {
    const ssize_t got = ::read(fd, &c, 1);
    if (got < 0 && errno == EINTR && caught_signal == 0) continue;
    if (got < 0 && errno != EINTR) throw SystemError("read standard input", errno);
    if (got <= 0 || c == '\n') return line;
    line += c;
  }
}

std::string ask(const std::string& what) {
  const DeferredSignals signals;
  const NoEcho no_echo(STDIN_FILENO);
  std::cerr << what << ": " << std::flush;
  std::string line = read_line(STDIN_FILENO);
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
  return ::isatty(STDIN_FILENO) == 1 ? ask(what) : read_line(STDIN_FILENO);
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
