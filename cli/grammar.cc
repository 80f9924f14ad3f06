// The only file that knows CLI11.
#include "cli/grammar.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/help.h"
#include "cli/suggest.h"
#include "cli/terminal_text.h"

#ifndef FAULTLINE_VERSION
#error "FAULTLINE_VERSION comes from the build"
#endif

namespace faultline::cli {
namespace {

ParseOutcome Wrong(const std::string& what, const std::string& help_of) {
  return {.command = std::nullopt,
          .text = absl::StrCat("faultline: ", what, "\nSee: faultline ", help_of,
                               help_of.empty() ? "" : " ", "--help\n"),
          .exit_code = 2};
}

std::string Quoted(const std::string& word) {
  return absl::StrCat("'", TerminalText(word, 100), "'");
}

// The tree of CLI11 applications, built from the table.
class Parser {
 public:
  Parser() {
    root_.set_help_flag("-h,--help");
    root_.add_flag("--version", version_);
    root_.allow_extras();
    root_.require_subcommand(0, 1);
    AddOptions(GlobalOptions(), &root_);
    for (const CommandSpec& command : Commands()) {
      CLI::App* app = &root_;
      for (const std::string& word : command.path) {
        app = AddApp(app, word);
      }
      apps_[app] = &command;
      AddOptions(command.options, app);
      if (!command.argument.empty()) app->add_option(command.argument, argument_);
    }
  }

  ParseOutcome Run(const std::vector<std::string>& words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
    try {
      root_.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
      return {.command = std::nullopt, .text = Help()};
    } catch (const CLI::ArgumentMismatch& e) {
      // "--state: 1 required TEXT missing"
      const std::string what = e.what();
      return Wrong(absl::StrCat(TerminalText(what.substr(0, what.find(':')), 100),
                                " needs a value after it"),
                   PathOf(Deepest()));
    } catch (const CLI::ParseError& e) {
      return Wrong(TerminalText(e.what()), PathOf(Deepest()));
    }
    if (version_) {
      return {.command = std::nullopt, .text = absl::StrCat("faultline ", FAULTLINE_VERSION, "\n")};
    }
    return Outcome();
  }

 private:
  struct Bound {
    const OptionSpec* spec;
    const CLI::Option* option;
  };

  // The one that is there already, or a new one.
  CLI::App* AddApp(CLI::App* parent, const std::string& word) {
    for (CLI::App* known : parent->get_subcommands(nullptr)) {
      if (known->get_name() == word) return known;
    }
    CLI::App* app = parent->add_subcommand(word);
    app->set_help_flag("-h,--help");
    app->fallthrough();
    app->allow_extras();
    app->require_subcommand(0, 1);
    return app;
  }

  void AddOptions(const std::vector<OptionSpec>& options, CLI::App* app) {
    for (const OptionSpec& spec : options) {
      values_.emplace_back();
      CLI::Option* option = spec.value.empty() ? app->add_flag(spec.name)
                                               : app->add_option(spec.name, values_.back());
      option->take_last();  // all of them are in its results: OptionSpec::twice
      options_.push_back({&spec, option});
    }
  }

  CLI::App* Deepest() {
    CLI::App* app = &root_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
  }

  std::string PathOf(const CLI::App* app) const {
    const CLI::App* parent = app->get_parent();
    if (parent == nullptr) return "";
    const std::string before = PathOf(parent);
    return absl::StrCat(before, before.empty() ? "" : " ", app->get_name());
  }

  std::string Help() {
    CLI::App* app = Deepest();
    if (app == &root_) return OverviewHelp();
    const auto found = apps_.find(app);
    return found == apps_.end() ? NounHelp(app->get_name()) : CommandHelp(*found->second);
  }

  ParseOutcome UnknownOption(const std::string& typed, CLI::App* app) {
    const std::string name = typed.substr(0, typed.find('='));
    const auto command = apps_.find(app);
    std::vector<std::string> names = {"--help", "--version"};
    for (const OptionSpec& option : GlobalOptions()) names.push_back(option.name);
    if (command != apps_.end()) {
      for (const OptionSpec& option : command->second->options) names.push_back(option.name);
    }
    const std::string closest = Closest(name, names);
    return Wrong(absl::StrCat("unknown option ", Quoted(name),
                              closest.empty() ? "" : absl::StrCat("; did you mean ", closest, "?")),
                 PathOf(app));
  }

  ParseOutcome UnknownCommand(std::vector<std::string> words) {
    const std::vector<std::string> meant = SuggestCommands(words, Commands());
    std::string what = absl::StrCat("unknown command ", Quoted(absl::StrJoin(words, " ")));
    if (!meant.empty()) {
      absl::StrAppend(&what, "; did you mean '", absl::StrJoin(meant, "' or '"), "'?");
    }
    return Wrong(what, "");
  }

  ParseOutcome Outcome() {
    CLI::App* app = Deepest();
    const std::vector<std::string> extras = root_.remaining(true);
    for (const std::string& extra : extras) {
      if (extra.size() > 1 && extra[0] == '-' && extra != "--") return UnknownOption(extra, app);
    }
    const auto found = apps_.find(app);
    if (found == apps_.end()) {
      if (app == &root_ && extras.empty()) {
        return {.command = std::nullopt, .text = OverviewHelp(), .exit_code = 2};
      }
      std::vector<std::string> words = extras;
      if (app != &root_) words.insert(words.begin(), app->get_name());
      if (!extras.empty()) return UnknownCommand(words);
      std::vector<std::string> verbs;
      for (const CLI::App* verb : app->get_subcommands(nullptr)) verbs.push_back(verb->get_name());
      return Wrong(
          absl::StrCat("'", app->get_name(), "' needs a verb: ", absl::StrJoin(verbs, " or ")),
          app->get_name());
    }
    const CommandSpec& command = *found->second;
    if (!extras.empty()) {
      return Wrong(absl::StrCat("'", command.Path(), "' takes no ", Quoted(extras[0])),
                   command.Path());
    }
    return Complete(command);
  }

  ParseOutcome Complete(const CommandSpec& command) {
    ParsedCommand parsed{&command, argument_, {}};
    if (!command.argument.empty() && argument_.empty()) {
      return Wrong(absl::StrCat("'", command.Path(), "' needs ", command.argument, ": ",
                                command.argument_help),
                   command.Path());
    }
    if (auto wrong =
            CheckChoice(command.argument, command.argument_choices, command, &parsed.argument)) {
      return *wrong;
    }
    for (const Bound& bound : options_) {
      if (bound.option->count() == 0) continue;
      std::string value;
      if (auto wrong = TakeOption(bound, command, &value)) return *wrong;
      parsed.options[bound.spec->name] = std::move(value);
    }
    return {.command = std::move(parsed)};
  }

  static std::optional<ParseOutcome> TakeOption(const Bound& bound, const CommandSpec& command,
                                                std::string* value) {
    const OptionSpec& spec = *bound.spec;
    const std::vector<std::string> given = bound.option->results();
    if (spec.value.empty()) {
      *value = "true";
      if (given.back() == *value) return {};
      return Wrong(absl::StrCat(spec.name, " takes no value"), command.Path());
    }
    if (std::count(given.begin(), given.end(), "") > 0) {
      return Wrong(absl::StrCat(spec.name, " needs a value after it, and that is empty"),
                   command.Path());
    }
    if (spec.twice == Twice::kRefused && given.size() > 1) {
      return Wrong(absl::StrCat(spec.name, " stands there twice; give it once"), command.Path());
    }
    *value = spec.twice == Twice::kBoth ? absl::StrJoin(given, ",") : given.back();
    if (spec.twice != Twice::kBoth) return CheckChoice(spec.name, spec.choices, command, value);
    std::vector<std::string> parts = absl::StrSplit(*value, ',');
    for (std::string& part : parts) {
      if (auto wrong = CheckChoice(spec.name, spec.choices, command, &part)) return wrong;
    }
    *value = absl::StrJoin(parts, ",");
    return {};
  }

  // Leaves in `value` the choice as the table has it, whatever the case it was typed in.
  static std::optional<ParseOutcome> CheckChoice(const std::string& name,
                                                 const std::vector<std::string>& choices,
                                                 const CommandSpec& command, std::string* value) {
    if (choices.empty()) return {};
    for (const std::string& choice : choices) {
      if (!absl::EqualsIgnoreCase(choice, *value)) continue;
      *value = choice;
      return {};
    }
    return Wrong(
        absl::StrCat(name, " is one of ", absl::StrJoin(choices, ", "), ", not ", Quoted(*value)),
        command.Path());
  }

  CLI::App root_{"", "faultline"};
  bool version_ = false;
  std::string argument_;
  std::deque<std::string> values_;  // addresses stay as it grows
  std::vector<Bound> options_;
  std::map<const CLI::App*, const CommandSpec*> apps_;
};

// The option of this name, of whichever command, or null.
const OptionSpec* FindOption(const std::string& name) {
  const auto find = [&name](const std::vector<OptionSpec>& options) {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&name](const auto& option) { return option.name == name; });
    return found == options.end() ? nullptr : &*found;
  };
  const OptionSpec* found = find(GlobalOptions());
  for (const CommandSpec& command : Commands()) {
    if (found == nullptr) found = find(command.options);
  }
  return found;
}

// Options that stand before the command go behind its words, where its own are known, and still
// before what is typed after it.
std::vector<std::string> CommandFirst(const std::vector<std::string>& words) {
  size_t begin = 0;
  while (begin < words.size()) {
    const std::string& word = words[begin];
    const OptionSpec* option = FindOption(word.substr(0, word.find('=')));
    if (option == nullptr) break;
    const bool value_follows = !option->value.empty() && word.find('=') == std::string::npos;
    begin += value_follows ? 2 : 1;
  }
  if (begin >= words.size()) return words;
  size_t end = begin + 1;
  for (const CommandSpec& command : Commands()) {
    const bool is_typed = begin + command.path.size() <= words.size() &&
                          std::equal(command.path.begin(), command.path.end(), &words[begin]);
    if (is_typed) end = begin + command.path.size();
  }
  std::vector<std::string> ordered = words;
  std::rotate(ordered.begin(), ordered.begin() + static_cast<ptrdiff_t>(begin),
              ordered.begin() + static_cast<ptrdiff_t>(end));
  return ordered;
}

}  // namespace

ParseOutcome ParseCommandLine(const std::vector<std::string>& words) {
  // "faultline help host list" is what many type first.
  if (!words.empty() && words[0] == "help") {
    std::vector<std::string> asked(words.begin() + 1, words.end());
    asked.push_back("--help");
    return Parser().Run(asked);
  }
  return Parser().Run(CommandFirst(words));
}

}  // namespace faultline::cli
