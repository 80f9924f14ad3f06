#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "cli/command_table.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Shell(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  size_t got = 0;
  while ((got = fread(buffer, 1, sizeof(buffer), pipe)) > 0) out.append(buffer, got);
  pclose(pipe);
  return out;
}

bool Has(const std::string& shell) { return !Shell("command -v " + shell).empty(); }

class CompletionTest : public testing::Test {
 protected:
  // The script of `shell` in a file.
  std::string Script(const std::string& shell) {
    const std::string path = directory_ / shell;
    std::ofstream(path) << CompletionScript(shell);
    return path;
  }

  // What bash offers where `words` end.
  std::string Bash(const std::string& words, int cursor, const std::string& function) {
    const std::string path = directory_ / "try.bash";
    std::ofstream(path) << "source " << Script("bash") << "\nCOMP_WORDS=(" << words
                        << ")\nCOMP_CWORD=" << cursor << "\n"
                        << function << "\necho \"${COMPREPLY[*]}\"\n";
    return Shell("bash --norc " + path);
  }

  std::string Fish(const std::string& line) {
    return Shell("HOME=" + directory_.path() + " fish --no-config -c 'source " + Script("fish") +
                 "; complete -C \"" + line + "\"'");
  }

  // What zsh offers where `words` end; its own completion functions are stood in for.
  std::string Zsh(const std::string& words, int current) {
    const std::string path = directory_ / "try.zsh";
    std::ofstream(path) << "compdef() { }\ncompadd() { shift; print -- $* }\n"
                        << "_describe() { print -l -- ${(P)${@[-1]}} }\n"
                        << "source " << Script("zsh") << "\nwords=(" << words
                        << ")\nCURRENT=" << current << "\n_faultline\n";
    return Shell("zsh -f " + path);
  }

  fakes::TempDirectory directory_;
};

TEST_F(CompletionTest, OfBashOffersWhatTheGrammarHas) {
  EXPECT_EQ(Bash("faultline ''", 1, "_faultline"),
            "status watch host check alert incident token stack notify\n");
  EXPECT_EQ(Bash("faultline host ''", 2, "_faultline"), "list show revoke forget\n");
  EXPECT_EQ(Bash("faultline --stack shop host l", 4, "_faultline"), "list\n");
  EXPECT_EQ(Bash("faultline --output ''", 2, "_faultline"), "text wide json\n");
  EXPECT_EQ(Bash("faultline status --output = j", 4, "_faultline"), "json\n");
  EXPECT_EQ(Bash("faultline status --output = json incident ''", 6, "_faultline"), "\n");
  EXPECT_EQ(Bash("faultline check list --state ''", 4, "_faultline"),
            "ok warning critical unknown\n");
  EXPECT_EQ(Bash("faultline alert list --st", 3, "_faultline"), "--state --stack\n");
  EXPECT_EQ(Bash("faultline host show ''", 3, "_faultline"), "\n");
  EXPECT_EQ(Bash("faultline completion ''", 2, "_faultline"), "bash zsh fish\n");
  EXPECT_EQ(Bash("faultline --collector ''", 2, "_faultline"), "\n");
}

TEST_F(CompletionTest, OfBashKnowsTheOtherPrograms) {
  EXPECT_EQ(Bash("faultline-agent ''", 1, "_faultline_agent"), "explain init join\n");
  EXPECT_EQ(Bash("faultline-collector e", 1, "_faultline_collector"), "explain\n");
  EXPECT_EQ(Bash("faultline-agent --c", 1, "_faultline_agent"), "--config --check-config\n");
  EXPECT_EQ(Bash("faultline-agent --once --role ''", 3, "_faultline_agent"),
            "app db collector outside host\n");
  std::ofstream(directory_ / "collector.yaml") << "";
  EXPECT_EQ(
      Bash("faultline-collector --config " + (directory_ / "coll"), 2, "_faultline_collector"),
      (directory_ / "collector.yaml") + "\n");
}

TEST_F(CompletionTest, OfZshSaysInItsFirstLineWhatItIsFor) {
  EXPECT_THAT(CompletionScript("zsh"),
              StartsWith("#compdef faultline faultline-agent faultline-collector\n"));
}

TEST_F(CompletionTest, OfFishOffersWhatTheGrammarHas) {
  if (!Has("fish")) GTEST_SKIP() << "no fish here";
  EXPECT_THAT(Fish("faultline "), HasSubstr("incident\tCommands about incidents\n"));
  EXPECT_THAT(Fish("faultline host "), HasSubstr("list\tList hosts"));
  EXPECT_THAT(Fish("faultline host "), Not(HasSubstr("incident")));
  EXPECT_THAT(Fish("faultline --stack shop check list --st"), HasSubstr("--state\t"));
  EXPECT_THAT(Fish("faultline check list --state cr"), HasSubstr("critical"));
  EXPECT_THAT(Fish("faultline-agent --c"), HasSubstr("--check-config\t"));
}

TEST_F(CompletionTest, OfZshOffersWhatTheGrammarHas) {
  if (!Has("zsh")) GTEST_SKIP() << "no zsh here";
  EXPECT_THAT(Zsh("faultline ''", 2), HasSubstr("incident:Commands about incidents\n"));
  EXPECT_THAT(Zsh("faultline host ''", 3), HasSubstr("list:List hosts"));
  EXPECT_THAT(Zsh("faultline --stack shop check list --st", 6), HasSubstr("--state:Only checks"));
  EXPECT_EQ(Zsh("faultline check list --state ''", 5), "ok warning critical unknown\n");
}

TEST(Completion, IsOfTheThreeShellsOnly) { EXPECT_EQ(CompletionScript("tcsh"), ""); }

}  // namespace
}  // namespace faultline::cli
