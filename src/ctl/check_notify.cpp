#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "ctl/diagnosis.h"
#include "fetcher/notifier.h"
#include "store/notifications.h"

namespace hookspool::ctl {
namespace {

constexpr const char* kSubject = "notify";

void look_at_command(Findings& findings, const std::filesystem::path& command) {
  if (command.empty()) return;
  if (::access(command.c_str(), X_OK) == 0) {
    findings.push_back({Level::kOk, kSubject, command.string() + " can be run", ""});
    return;
  }
  findings.push_back({Level::kFault, kSubject, SystemError("run " + command.string(), errno).what(),
                      "mend [notify] command, or make the file executable: chmod +x"});
}

void look_at_messages(Findings& findings, store::Notifications notifications) {
  const store::Notifications::Counts counts = notifications.counts();
  if (counts.dead > 0) {
    findings.push_back({Level::kWarning, kSubject, std::to_string(counts.dead) + " are given up",
                        "hookspoolctl notifications --dead tells why, --retry tries again"});
  }
  const auto failing = notifications.oldest_failing();
  if (!failing) return;
  findings.push_back({Level::kWarning, kSubject,
                      std::to_string(counts.waiting) + " wait, and one of " +
                          to_rfc3339_seconds(failing->made) +
                          " fails: " + failing->last_error.value_or("it was not told") + " (" +
                          fetcher::name_of_consumer(failing->consumer) + ")",
                      "mend the consumer; it is tried again by itself"});
}

}  // namespace

Findings check_notify(Context& context) {
  Findings findings;
  look_at_command(findings, context.config().notify().command);
  if (std::filesystem::exists(store::database_file(context.config().store().url))) {
    look_at_messages(findings, store::Notifications(context.database()));
  }
  return findings;
}

}  // namespace hookspool::ctl
