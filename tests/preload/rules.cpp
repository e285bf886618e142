#include "preload/rules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace hookspool::preload {
namespace {

constexpr int kMostRules = 16;
constexpr unsigned kEverything = kOpen | kWrite | kPositionedWrite | kTruncate | kFsync |
                                 kFdatasync | kRename | kUnlink | kMakeDirectory | kLink;

struct Rule {
  unsigned calls = 0;
  Verdict verdict;
  long after = 0;
  long times = LONG_MAX;
  const char* path = nullptr;
  const char* while_there = nullptr;
  long seen = 0;
};

struct Rules {
  char* text = nullptr;  ///< never freed: the rules point into it
  Rule all[kMostRules];
  int count = 0;
};

struct NamedCalls {
  const char* name;
  unsigned calls;
};

constexpr NamedCalls kCalls[] = {{"open", kOpen},
                                 {"write", kWrite},
                                 {"pwrite", kPositionedWrite},
                                 {"truncate", kTruncate},
                                 {"sync", kFsync | kFdatasync},
                                 {"fsync", kFsync},
                                 {"fdatasync", kFdatasync},
                                 {"rename", kRename},
                                 {"unlink", kUnlink},
                                 {"mkdir", kMakeDirectory},
                                 {"link", kLink},
                                 {"data", kWrite | kPositionedWrite},
                                 {"any", kEverything},
                                 {"answer", kAnswer}};

struct NamedVerdict {
  const char* name;
  Verdict verdict;
};

constexpr NamedVerdict kFaults[] = {
    {"EIO", {Verdict::kFail, EIO}},       {"ENOSPC", {Verdict::kFail, ENOSPC}},
    {"EDQUOT", {Verdict::kFail, EDQUOT}}, {"EROFS", {Verdict::kFail, EROFS}},
    {"EMFILE", {Verdict::kFail, EMFILE}}, {"ENFILE", {Verdict::kFail, ENFILE}},
    {"EFBIG", {Verdict::kFail, EFBIG}},   {"EACCES", {Verdict::kFail, EACCES}},
    {"EINTR", {Verdict::kFail, EINTR}},   {"SHORT", {Verdict::kShort, 0}},
    {"TORN", {Verdict::kTorn, 0}},        {"KILL", {Verdict::kKill, 0}},
    {"LIE", {Verdict::kLie, 0}}};

[[noreturn]] void refuse(const char* what) {
  constexpr char kMessage[] = "HOOKSPOOL_CALLS_FAULTS cannot be read at: ";
  ::syscall(SYS_write, STDERR_FILENO, kMessage, sizeof kMessage - 1);
  ::syscall(SYS_write, STDERR_FILENO, what, std::strlen(what));
  ::syscall(SYS_write, STDERR_FILENO, "\n", 1);
  constexpr int kUsage = 64;
  ::_exit(kUsage);
}

long number(const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 0) refuse(text);
  return value;
}

void read_option(Rule& rule, const char* option) {
  const auto value_of = [option](const char* name) {
    const std::size_t length = std::strlen(name);
    return std::strncmp(option, name, length) == 0 ? option + length : nullptr;
  };
  if (const char* after = value_of("after=")) {
    rule.after = number(after);
  } else if (const char* times = value_of("times=")) {
    rule.times = number(times);
  } else if (const char* path = value_of("path=")) {
    rule.path = path;
  } else if (const char* file = value_of("while=")) {
    rule.while_there = file;
  } else {
    refuse(option);
  }
}

Rule read_rule(char* text) {
  Rule rule;
  char* position = nullptr;
  const char* call = ::strtok_r(text, ":", &position);
  const char* fault = ::strtok_r(nullptr, ":", &position);
  if (call == nullptr || fault == nullptr) refuse(text);
  for (const NamedCalls& named : kCalls) {
    if (std::strcmp(named.name, call) == 0) rule.calls = named.calls;
  }
  if (rule.calls == 0) refuse(call);
  for (const NamedVerdict& named : kFaults) {
    if (std::strcmp(named.name, fault) == 0) rule.verdict = named.verdict;
  }
  if (rule.verdict.action == Verdict::kGoOn) refuse(fault);
  while (const char* option = ::strtok_r(nullptr, ":", &position)) read_option(rule, option);
  return rule;
}

Rules read_rules() {
  Rules rules;
  const char* text = std::getenv("HOOKSPOOL_CALLS_FAULTS");
  if (text == nullptr) return rules;
  char* position = nullptr;
  rules.text = ::strdup(text);
  for (char* rule = ::strtok_r(rules.text, " ;", &position); rule != nullptr;
       rule = ::strtok_r(nullptr, " ;", &position)) {
    if (rules.count == kMostRules) refuse("more rules than there is room for");
    rules.all[rules.count++] = read_rule(rule);
  }
  return rules;
}

bool is_for(const Rule& rule, const char* path) {
  if (rule.path == nullptr) return true;
  if (path == nullptr) return false;
  const char* found = std::strstr(path, rule.path);
  if (found == nullptr) return false;
  const std::size_t length = std::strlen(rule.path);
  const char next = found[length];
  return next == '\0' || next == '-' || next == ' ' || (length > 0 && rule.path[length - 1] == '/');
}

bool is_there(const char* file) {
  return ::syscall(SYS_faccessat, AT_FDCWD, file, F_OK) == 0;
}

}  // namespace

Verdict judge(Call call, const char* path) {
  static Rules rules = read_rules();
  for (int i = 0; i < rules.count; ++i) {
    Rule& rule = rules.all[i];
    if ((rule.calls & call) == 0 || !is_for(rule, path)) continue;
    if (rule.while_there != nullptr && !is_there(rule.while_there)) continue;
    const long before = rule.seen++;
    if (before >= rule.after && before - rule.after < rule.times) return rule.verdict;
  }
  return {};
}

}  // namespace hookspool::preload
