#pragma once

#include <CLI/CLI.hpp>

#include "ctl/commands.h"

namespace hookspool::ctl {

// The commands below `hookspoolctl athlete`, declared as those in ctl/commands.h are.
void declare_athlete_add(CLI::App& athlete, CommandLine& line);
void declare_athlete_remove(CLI::App& athlete, CommandLine& line);
void declare_athlete_purge(CLI::App& athlete, CommandLine& line);

}  // namespace hookspool::ctl
