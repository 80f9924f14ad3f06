#include "agent/unknown_word.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/suggestion.h"
#include "common/text.h"

namespace faultline::agent {
namespace {

constexpr size_t kMaxWord = 80;

void AddOptions(const CLI::App& app, std::vector<std::string>* names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names->push_back("--" + name);
  }
}

std::vector<std::string> KnownCommands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

}  // namespace

std::string UnknownWord(const CLI::App& app) {
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  const std::string typed = unknown.empty() ? "" : unknown.front();
  const std::vector<CLI::App*> given = app.get_subcommands();
  const CLI::App& command = given.empty() ? app : *given.front();
  const bool is_option = typed.starts_with("-");
  const std::string name = is_option ? typed.substr(0, typed.find('=')) : typed;
  std::vector<std::string> known;
  if (is_option) {
    AddOptions(command, &known);
    AddOptions(app, &known);
  } else if (given.empty()) {
    known = KnownCommands(app);
  }
  const std::string nearest = Nearest(name, known);
  const std::string see =
      absl::StrCat("faultline-agent ", given.empty() ? "" : command.get_name() + " ", "--help");
  return absl::StrCat("unknown ",
                      is_option       ? "option "
                      : given.empty() ? "command "
                                      : "word ",
                      "\"", CleanText(name, kMaxWord), "\"",
                      nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?"),
                      "; see: ", see);
}

}  // namespace faultline::agent
