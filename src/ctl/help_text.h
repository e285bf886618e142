#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace hookspool::ctl {

/// Help that fits a screen of 24 lines and 80 columns: long lines are broken, and where there are
/// too many, empty ones go. What an option excludes is left out, since the attempt tells.
class HelpText : public CLI::Formatter {
 public:
  HelpText();

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace hookspool::ctl
