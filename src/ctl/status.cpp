// hookspoolctl status

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"
#include "ctl/commands.h"
#include "ctl/status_report.h"

namespace hookspool::ctl {
namespace {

struct Options {
  bool prometheus = false;
  unsigned watch_seconds = 0;  ///< 0: once
};

/// Each report takes the place of the one before. There is nothing to restore when the person
/// interrupts.
void watch(Context& context, Output& output, std::chrono::seconds every) {
  if (::isatty(STDOUT_FILENO) != 1) {
    throw Error(ExitCode::kUsage, "--watch needs a terminal; a program can run status --json");
  }
  constexpr const char* kHomeAndClear = "\x1b[H\x1b[2J";
  while (true) {
    const StatusReport report = read_status(context);
    output.print_unchanged(kHomeAndClear);
    output.print(to_table(report));
    output.finish();
    std::this_thread::sleep_for(every);
  }
}

void show_status(Context& context, Output& output, const Options& options) {
  if (options.watch_seconds > 0) {
    return watch(context, output, std::chrono::seconds(options.watch_seconds));
  }
  const StatusReport report = read_status(context);
  if (options.prometheus) return output.print_unchanged(to_prometheus(report));
  output.json() ? output.print(to_json(report)) : output.print(to_table(report));
}

}  // namespace

void declare_status(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("status", "show what waits, what is stored, what is wrong");
  const auto options = std::make_shared<Options>();
  auto* prometheus = command->add_flag("--prometheus", options->prometheus,
                                       "print metrics for node_exporter's textfile collector");
  command->add_option("--watch", options->watch_seconds, "show it anew every so many seconds")
      ->check(CLI::Range(1U, 3600U))
      ->type_name("SECONDS")
      ->excludes(prometheus);
  add_json_flag(*command, line);
  command->footer(
      "Asks nobody but the spool and the store. Times are UTC.\n\n"
      "Example: hookspoolctl status --watch 2");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      show_status(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
