#include "base/error.h"
#include "ctl/diagnosis.h"

namespace hookspool::ctl {
namespace {

constexpr const char* kSubject = "configuration";

template <typename Read>
void try_section(Findings& findings, Read read) {
  try {
    read();
  } catch (const Error& error) {
    findings.push_back({Level::kFault, kSubject, error.what(),
                        "mend that line; docs/configuration.md lists every key"});
  }
}

}  // namespace

Findings check_configuration(Context& context) {
  Findings findings;
  const config::ConfigFile& file = context.config();
  try_section(findings, [&] { file.receiver(); });
  try_section(findings, [&] { file.strava(); });
  try_section(findings, [&] { file.store(); });
  try_section(findings, [&] { file.fetcher(); });
  for (const std::string& warning : file.warnings()) {
    findings.push_back(
        {Level::kWarning, kSubject, warning, "chmod o-rwx that file, and change the secret in it"});
  }
  if (findings.empty()) {
    findings.push_back({Level::kOk, kSubject, file.path().string() + " can be read", ""});
  }
  return findings;
}

}  // namespace hookspool::ctl
