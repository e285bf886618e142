#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/program_run.h"

namespace hookspool::power_loss {

constexpr int kKilled = 128 + SIGKILL;

/// What can happen at a call of a program's that changes files.
struct Fault {
  const char* name;
  const char* rule;  ///< as tests/preload/rules.h explains it, without "after"
};

inline const std::vector<Fault> kFaults{{"Kill", "any:KILL"},
                                        {"TornWrite", "any:TORN"},
                                        {"FullDisk", "any:ENOSPC"},
                                        {"OneError", "any:EIO:times=1"}};

/// As `make power-loss` asks.
inline bool tries_all() {
  return std::getenv("HOOKSPOOL_POWER_LOSS") != nullptr;
}

struct Attempted {
  bool has_struck;
  int calls;
};

/// Calls `attempt` with no rule, which says how many calls there are, and then with one that
/// strikes at the n-th, for more and more n, until nothing is left to strike. Only every `step`-th
/// n is tried, but at least eight, unless all are to be.
template <typename Attempt>
void at_each_call(const Fault& fault, int step, Attempt attempt) {
  constexpr int kFirst = 2;
  constexpr int kFewest = 8;
  const Attempted unharmed = attempt("");
  EXPECT_FALSE(unharmed.has_struck);
  const int calls = unharmed.calls;
  step = tries_all() ? 1 : std::clamp(calls / kFewest, 1, step);
  // Calls that change nothing, as making a directory that is there, are counted by rules only.
  const int at_least = calls + calls / 3;
  int struck = 0;
  bool strikes = true;
  for (int nth = kFirst; nth <= at_least || strikes; nth += step) {
    const std::string rule = fault.rule + (":after=" + std::to_string(nth - 1));
    SCOPED_TRACE(rule);
    strikes = attempt(rule).has_struck;
    // A write of one byte cannot be torn, and an error may be of no consequence.
    struck += strikes ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(calls, 15);
  EXPECT_GT(struck, 3);
  EXPECT_GT(struck * step, calls / 3) << struck << " times felt in " << calls << " calls";
}

/// Whether the fault was felt. It must not be by a crash of the program's own.
inline bool has_struck(const test::ProgramRun& run) {
  const auto complains = [&run](const char* of) {
    return run.errors.find(of) != std::string::npos;
  };
  EXPECT_TRUE(run.exit_code == kKilled || run.exit_code < 128) << run.exit_code << run.errors;
  EXPECT_FALSE(complains("Sanitizer") || complains("runtime error")) << run.errors;
  return run.exit_code == kKilled || complains("cannot ") || complains(" refused: ");
}

}  // namespace hookspool::power_loss
