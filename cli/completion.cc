#include "cli/completion.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/command_table.h"

namespace faultline::cli {
namespace {

// One place on a command line: which words may follow, which options, which values they take.
struct Place {
  std::string path;                                        // "check list", empty at the start
  std::vector<std::pair<std::string, std::string>> words;  // with their help
  std::vector<OptionSpec> options;
};

struct Program {
  std::string name;
  std::vector<Place> places;
};

std::vector<OptionSpec> WithGlobalOptions(std::vector<OptionSpec> options) {
  for (const OptionSpec& option : GlobalOptions()) options.push_back(option);
  options.push_back({"--help", "", "Show help"});
  options.push_back({"--version", "", "Show the version"});
  return options;
}

Program Faultline() {
  Program program{"faultline", {{"", {}, WithGlobalOptions({})}}};
  for (const CommandSpec& command : Commands()) {
    if (command.path.size() == 1) {
      if (!command.hidden) program.places[0].words.emplace_back(command.path[0], command.summary);
    } else {
      Place* noun = nullptr;
      for (Place& place : program.places) {
        if (place.path == command.path[0]) noun = &place;
      }
      if (noun == nullptr) {
        program.places[0].words.emplace_back(command.path[0],
                                             absl::StrCat("Commands about ", command.path[0], "s"));
        program.places.push_back({command.path[0], {}, WithGlobalOptions({})});
        noun = &program.places.back();
      }
      noun->words.emplace_back(command.path[1], command.summary);
    }
    Place place{command.Path(), {}, WithGlobalOptions(command.options)};
    for (const std::string& choice : command.argument_choices) place.words.emplace_back(choice, "");
    program.places.push_back(std::move(place));
  }
  return program;
}

std::vector<Program> Programs() {
  std::vector<Program> programs = {Faultline()};
  for (const ProgramSpec& other : OtherPrograms()) {
    programs.push_back({other.name, {{"", other.commands, other.options}}});
  }
  return programs;
}

// "faultline-agent" as a shell function's name.
std::string FunctionName(const std::string& program) {
  return absl::StrCat("_", absl::StrReplaceAll(program, {{"-", "_"}}));
}

// In single quotes; the same for all three shells but for the quote itself.
std::string Quote(const std::string& text, const char* quote_inside = "'\\''") {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", quote_inside}}), "'");
}

std::string ValueOptions(const Program& program, const char* separator) {
  std::set<std::string> names;
  for (const Place& place : program.places) {
    for (const OptionSpec& option : place.options) {
      if (!option.value.empty()) names.insert(option.name);
    }
  }
  return absl::StrJoin(names, separator);
}

std::string Words(const Place& place) {
  std::vector<std::string> words;
  for (const auto& [word, help] : place.words) words.push_back(word);
  return absl::StrJoin(words, " ");
}

std::string OptionNames(const Place& place) {
  std::vector<std::string> names;
  for (const OptionSpec& option : place.options) names.push_back(option.name);
  return absl::StrJoin(names, " ");
}

std::string Bash(const Program& program) {
  std::string values;
  std::string places;
  for (const Place& place : program.places) {
    for (const OptionSpec& option : place.options) {
      const std::string at = absl::StrCat("    ", Quote(place.path + " " + option.name), ") ");
      if (!option.choices.empty()) {
        absl::StrAppend(&values, at, "words=", Quote(absl::StrJoin(option.choices, " ")), " ;;\n");
      } else if (option.value == "FILE") {
        absl::StrAppend(&values, at, "COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
      }
    }
    absl::StrAppend(&places, "    ", Quote(place.path), ") words=", Quote(Words(place)),
                    " options=", Quote(OptionNames(place)), " ;;\n");
  }
  const std::string function = FunctionName(program.name);
  return absl::StrReplaceAll(R"(@function@() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path='' words='' options='' i
  COMPREPLY=()
  # "--output=json" comes as three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      @value_options@) [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;
      -*) ;;
      *) path+=${path:+ }${COMP_WORDS[i]} ;;
    esac
  done
  case "$path $previous" in
@values@    *' '@value_options_after@) return ;;
  esac
  if [[ -z $words ]]; then
    case $path in
@places@      *) options='@root_options@' ;;
    esac
    [[ $cur == -* ]] && words=$options
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F @function@ @program@
)",
                             {{"@function@", function},
                              {"@program@", program.name},
                              {"@value_options@", ValueOptions(program, "|")},
                              {"@value_options_after@", ValueOptions(program, "|*' '")},
                              {"@values@", values},
                              {"@places@", places},
                              {"@root_options@", OptionNames(program.places[0])}});
}

// "name:help" for zsh's _describe.
std::string Described(const std::string& name, const std::string& help) {
  return Quote(absl::StrCat(name, ":", help));
}

std::string Zsh(const Program& program) {
  std::string values;
  std::string places;
  for (const Place& place : program.places) {
    std::vector<std::string> words;
    for (const auto& [word, help] : place.words) words.push_back(Described(word, help));
    std::vector<std::string> options;
    for (const OptionSpec& option : place.options) {
      options.push_back(Described(option.name, option.help));
      const std::string at = absl::StrCat("    ", Quote(place.path + " " + option.name), ") ");
      if (!option.choices.empty()) {
        absl::StrAppend(&values, at, "compadd -- ", absl::StrJoin(option.choices, " "),
                        "; return ;;\n");
      } else if (option.value == "FILE") {
        absl::StrAppend(&values, at, "_files; return ;;\n");
      }
    }
    absl::StrAppend(&places, "    ", Quote(place.path), ")\n      names=(",
                    absl::StrJoin(words, " "), ")\n      options=(", absl::StrJoin(options, " "),
                    ") ;;\n");
  }
  return absl::StrReplaceAll(R"(@function@() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]} where='' i
  local -a names options
  if [[ $current == --*=* ]]; then
    previous=${current%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      @value_options@) ((i++)) ;;
      -*) ;;
      *) where+=${where:+ }${words[i]} ;;
    esac
  done
  case "$where $previous" in
@values@    *' '@value_options_after@) return ;;
  esac
  case $where in
@places@  esac
  if [[ $current == -* ]]; then _describe -o option options; else _describe command names; fi
}
)",
                             {{"@function@", FunctionName(program.name)},
                              {"@program@", program.name},
                              {"@value_options@", ValueOptions(program, "|")},
                              {"@value_options_after@", ValueOptions(program, "|*' '")},
                              {"@values@", values},
                              {"@places@", places}});
}

std::string FishOption(const std::string& program, const std::string& condition,
                       const OptionSpec& option) {
  std::string line = absl::StrCat("complete -c ", program, condition, " -l ", option.name.substr(2),
                                  " -d ", Quote(option.help, "\\'"));
  if (!option.choices.empty()) {
    absl::StrAppend(&line, " -x -a ", Quote(absl::StrJoin(option.choices, " ")));
  } else if (option.value == "FILE") {
    line += " -r -F";
  } else if (!option.value.empty()) {
    line += " -x";
  }
  return line + "\n";
}

std::string Fish(const Program& program) {
  std::string out = absl::StrCat("complete -c ", program.name, " -f\n");
  if (program.places.size() == 1) {
    for (const OptionSpec& option : program.places[0].options) {
      out += FishOption(program.name, "", option);
    }
    return out;
  }
  std::string function = absl::StrCat("_", FunctionName(program.name), "_at");
  absl::StrAppend(&out, absl::StrReplaceAll(R"(function @function@ --argument-names wanted
  set -l path
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
    else if contains -- $word @value_options@
      set skip 1
    else if not string match -q -- '-*' $word
      set -a path $word
    end
  end
  test "$path" = "$wanted"
end
)",
                                            {{"@function@", function},
                                             {"@value_options@", ValueOptions(program, " ")}}));
  std::set<std::string> global;
  for (const OptionSpec& option : program.places[0].options) {
    global.insert(option.name);
    out += FishOption(program.name, "", option);
  }
  for (const Place& place : program.places) {
    const std::string condition =
        absl::StrCat(" -n \"", function, " ", Quote(place.path, "\\'"), "\"");
    for (const auto& [word, help] : place.words) {
      absl::StrAppend(&out, "complete -c ", program.name, condition, " -a ", word,
                      help.empty() ? "" : " -d ", help.empty() ? "" : Quote(help, "\\'"), "\n");
    }
    for (const OptionSpec& option : place.options) {
      if (global.count(option.name) == 0) out += FishOption(program.name, condition, option);
    }
  }
  return out;
}

}  // namespace

std::string CompletionScript(std::string_view shell) {
  std::vector<std::string> names;
  std::string body;
  for (const Program& program : Programs()) {
    names.push_back(program.name);
    if (shell == "bash") body += Bash(program);
    if (shell == "zsh") body += Zsh(program);
    if (shell == "fish") body += Fish(program);
  }
  if (body.empty()) return "";
  if (shell == "zsh") {
    absl::StrAppend(&body, "for program in ", absl::StrJoin(names, " "), R"(; do
  compdef _${program//-/_} $program
done
# Autoloaded from $fpath, this file is itself called to complete.
if [[ ${funcstack[1]} == _faultline ]]; then _${service//-/_} "$@"; fi
)");
  }
  // zsh autoloads only a file whose very first line says so.
  const std::string first =
      shell == "zsh" ? absl::StrCat("#compdef ", absl::StrJoin(names, " "), "\n") : "";
  return absl::StrCat(first, "# Completion for ", absl::StrJoin(names, ", "),
                      ". Made by: faultline completion ", std::string(shell), "\n", body);
}

}  // namespace faultline::cli
