// hookspoolctl completion

#include <string>
#include <vector>

#include "ctl/commands.h"

namespace hookspool::ctl {
namespace {

/// The words that may follow a command: the commands below it, and its options.
std::string words_after(const CLI::App& command) {
  std::string words;
  for (const CLI::App* sub : command.get_subcommands(nullptr)) words += sub->get_name() + " ";
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

/// A case for each command: "athlete add) words="--code …" ;;"
void append_cases(std::string& script, const CLI::App& command, const std::string& path) {
  script += "    \"" + path + "\") words=\"" + words_after(command) + "\" ;;\n";
  for (const CLI::App* sub : command.get_subcommands(nullptr)) {
    append_cases(script, *sub, path.empty() ? sub->get_name() : path + " " + sub->get_name());
  }
}

/// Made from what main() declares, so that it knows every command and option.
std::string bash_script(const CLI::App& app) {
  std::string script =
      "# Completion of hookspoolctl for bash; made by: hookspoolctl completion\n"
      "_hookspoolctl() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command='' word words\n"
      "  COMPREPLY=()\n"
      "  case ${COMP_WORDS[COMP_CWORD - 1]} in\n"
      "    --config | --*-file) mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return ;;\n"
      "  esac\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $word in\n"
      "      -* | */* | *.toml) ;;\n"
      "      *) command=\"${command:+$command }$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n";
  append_cases(script, app, "");
  script +=
      "    \"send-test \"*) words=\"--timeout --json --help\" ;;\n"
      "    *) words='' ;;\n"
      "  esac\n"
      "  [ \"$command\" != send-test ] || words+=' create update delete deauthorize'\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "}\n"
      "complete -o default -F _hookspoolctl hookspoolctl\n";
  return script;
}

}  // namespace

void declare_completion(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("completion", "print the completion script for bash");
  command->footer(
      "make install puts it where bash finds it; for one user that is below\n"
      "~/.local/share/bash-completion/completions.\n\n"
      "Example: hookspoolctl completion > FILE");
  command->callback([&line, &app] {
    line.command = [&app](Context&, Output& output) { output.print_unchanged(bash_script(app)); };
  });
}

}  // namespace hookspool::ctl
