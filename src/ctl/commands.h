#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "ctl/context.h"
#include "ctl/output.h"

namespace hookspool::ctl {

/// What the command line asks for.
struct CommandLine {
  std::string config;  ///< of --config; empty without
  bool json = false;   ///< of --json
  int exit_code = 0;   ///< of a command that has done what it is for
  /// Set by the command that was given. Throws Error where it cannot do what it is for.
  std::function<void(Context&, Output&)> command;
};

/// Each declares one command with its options and, when it is given, puts what it does into
/// `line.command`. `line` must outlive `app`.
void declare_athlete(CLI::App& app, CommandLine& line);
void declare_init(CLI::App& app, CommandLine& line);
void declare_authorize(CLI::App& app, CommandLine& line);
void declare_athletes(CLI::App& app, CommandLine& line);
void declare_subscribe(CLI::App& app, CommandLine& line);
void declare_subscriptions(CLI::App& app, CommandLine& line);
void declare_unsubscribe(CLI::App& app, CommandLine& line);
void declare_send_test(CLI::App& app, CommandLine& line);
void declare_list(CLI::App& app, CommandLine& line);
void declare_show(CLI::App& app, CommandLine& line);
void declare_backfill(CLI::App& app, CommandLine& line);
void declare_reconcile(CLI::App& app, CommandLine& line);
/// jobs, retry and drop.
void declare_jobs(CLI::App& app, CommandLine& line);
void declare_undelete(CLI::App& app, CommandLine& line);
void declare_events(CLI::App& app, CommandLine& line);
void declare_replay(CLI::App& app, CommandLine& line);
void declare_notifications(CLI::App& app, CommandLine& line);
void declare_doctor(CLI::App& app, CommandLine& line);
void declare_completion(CLI::App& app, CommandLine& line);
void declare_status(CLI::App& app, CommandLine& line);

/// Adds --json to a command, as every command has it.
void add_json_flag(CLI::App& command, CommandLine& line);

/// Lets an option take numbers from 1 on.
const CLI::Validator& positive();

}  // namespace hookspool::ctl
