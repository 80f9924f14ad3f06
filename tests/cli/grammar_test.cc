#include "cli/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/help.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Grammar, TakesGlobalOptionsBeforeBetweenAndAfterTheCommand) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--output", "json", "host", "list", "--stack=shop"},
           {"host", "--output", "json", "list", "--stack", "shop"},
           {"host", "list", "--stack", "shop", "--output=json"}}) {
    const ParseOutcome outcome = ParseCommandLine(words);
    ASSERT_TRUE(outcome.command) << outcome.text;
    EXPECT_EQ(outcome.command->command->action, Action::kHostList);
    EXPECT_THAT(outcome.command->options,
                UnorderedElementsAre(Pair("--output", "json"), Pair("--stack", "shop")));
  }
}

TEST(Grammar, TakesTheCommandsOwnOptionsBeforeIt) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--operator-key-file", "F", "token", "create", "--role", "db"},
           {"--role=db", "--operator-key-file", "F", "token", "create"}}) {
    const ParseOutcome outcome = ParseCommandLine(words);
    ASSERT_TRUE(outcome.command) << outcome.text;
    EXPECT_EQ(outcome.command->command->action, Action::kTokenCreate);
    EXPECT_THAT(outcome.command->options,
                UnorderedElementsAre(Pair("--operator-key-file", "F"), Pair("--role", "db")));
  }
  // One of another command is unknown, and no reason to suggest itself.
  const std::string said = ParseCommandLine({"--role", "db", "host", "list"}).text;
  EXPECT_THAT(said, HasSubstr("unknown option '--role'"));
  EXPECT_THAT(said, testing::Not(HasSubstr("mean --role")));
}

TEST(Grammar, LetsTheLaterOfTwoEqualOptionsWin) {
  const ParseOutcome before =
      ParseCommandLine({"--output", "json", "host", "list", "--output=text"});
  ASSERT_TRUE(before.command) << before.text;
  EXPECT_EQ(before.command->options.at("--output"), "text");
  const ParseOutcome outcome = ParseCommandLine({"status", "--output", "json", "--output", "text"});
  ASSERT_TRUE(outcome.command) << outcome.text;
  EXPECT_EQ(outcome.command->options.at("--output"), "text");
}

TEST(Grammar, TakesAnArgumentThatLooksLikeACommand) {
  for (const std::string name : {"status", "list", "show", "host"}) {
    const ParseOutcome outcome = ParseCommandLine({"host", "show", name});
    ASSERT_TRUE(outcome.command) << outcome.text;
    EXPECT_EQ(outcome.command->command->action, Action::kHostShow);
    EXPECT_EQ(outcome.command->argument, name);
  }
}

TEST(Grammar, OptionsThatAddUpAreBothTaken) {
  const auto option = [](const std::vector<std::string>& words, const char* name) {
    const ParseOutcome outcome = ParseCommandLine(words);
    return outcome.command ? outcome.command->options.at(name) : outcome.text;
  };
  EXPECT_EQ(option({"token", "create", "--role", "app", "--role", "db"}, "--role"), "app,db");
  EXPECT_EQ(option({"check", "list", "--state", "CRITICAL", "--state=Unknown"}, "--state"),
            "critical,unknown");
  EXPECT_EQ(option({"alert", "list", "--state", "firing,PENDING"}, "--state"), "firing,pending");
  EXPECT_EQ(option({"status", "--output", "JSON"}, "--output"), "json");
}

struct Mistake {
  std::vector<std::string> words;
  std::string said;
};

TEST(Grammar, SaysWhatIsWrongAndWhatToTypeInstead) {
  const std::vector<Mistake> mistakes = {
      {{"hosts"}, "unknown command 'hosts'; did you mean 'host list'?"},
      {{"host"}, "'host' needs a verb: list or show or revoke"},
      {{"host", "lst"}, "did you mean 'host list'?"},
      {{"host", "show"}, "'host show' needs NAME"},
      {{"status", "now"}, "'status' takes no 'now'"},
      {{"status", "--colour", "never"}, "unknown option '--colour'; did you mean --color?"},
      {{"status", "-x"}, "unknown option '-x'"},
      {{"status", "--output", "xml"}, "--output is one of text, wide, json, not 'xml'"},
      {{"check", "list", "--state"}, "--state needs a value after it"},
      {{"check", "list", "--host", ""}, "--host needs a value after it, and that is empty"},
      {{"status", "--stack="}, "--stack needs a value after it"},
      {{"check", "list", "--host", "a", "--host", "b"}, "--host stands there twice"},
      {{"token", "create", "--ttl", "1h", "--ttl", "2h"}, "--ttl stands there twice"},
      {{"check", "list", "--state", "critical,bad"}, "not 'bad'"},
      {{"watch", "--lines=no"}, "--lines takes no value"},
      {{"completion", "tcsh"}, "SHELL is one of bash, zsh, fish"},
      {{"host\x1b[2J"}, "unknown command 'host [2J'"},
  };
  for (const Mistake& mistake : mistakes) {
    const ParseOutcome outcome = ParseCommandLine(mistake.words);
    EXPECT_FALSE(outcome.command);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr(mistake.said));
    EXPECT_THAT(outcome.text, HasSubstr("--help\n"));
  }
}

TEST(Grammar, ShowsTheOverviewWhenNothingIsAsked) {
  const ParseOutcome outcome = ParseCommandLine({});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.text, OverviewHelp());
}

TEST(Grammar, HelpsWithEveryCommand) {
  EXPECT_EQ(ParseCommandLine({"--help"}).text, OverviewHelp());
  EXPECT_EQ(ParseCommandLine({"help"}).text, OverviewHelp());
  EXPECT_EQ(ParseCommandLine({"host", "-h"}).text, NounHelp("host"));
  for (const CommandSpec& command : Commands()) {
    std::vector<std::string> words = command.path;
    words.push_back("--help");
    const ParseOutcome outcome = ParseCommandLine(words);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.text, CommandHelp(command));
    EXPECT_THAT(outcome.text, HasSubstr("Usage: faultline " + command.Path()));
    EXPECT_THAT(outcome.text, HasSubstr("Exit codes:"));
  }
}

TEST(Grammar, AcceptsEveryExampleOfItsHelp) {
  for (const CommandSpec& command : Commands()) {
    for (std::string example : command.examples) {
      example = example.substr(0, example.find_first_of("|>)"));
      std::vector<std::string> words;
      size_t begin = example.find("faultline ");
      ASSERT_NE(begin, std::string::npos) << example;
      if (example.rfind("source", 0) == 0) example = "faultline completion bash", begin = 0;
      for (begin += 10; begin < example.size();) {
        const size_t end = std::min(example.find(' ', begin), example.size());
        if (end > begin) words.push_back(example.substr(begin, end - begin));
        begin = end + 1;
      }
      const ParseOutcome outcome = ParseCommandLine(words);
      ASSERT_TRUE(outcome.command) << example << ": " << outcome.text;
      EXPECT_EQ(outcome.command->command, &command);
    }
  }
}

TEST(Grammar, TellsItsVersion) {
  const ParseOutcome outcome = ParseCommandLine({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.text, "faultline " FAULTLINE_VERSION "\n");
}

}  // namespace
}  // namespace faultline::cli
