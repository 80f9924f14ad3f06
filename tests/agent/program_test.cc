// The built faultline-agent: what systemd makes its decisions of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string_view>
#include <thread>

#include "tests/cli/program.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

using cli::Program;
using testing::HasSubstr;

class AgentProgramTest : public testing::Test {
 protected:
  AgentProgramTest() {
    Put("token", "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz");
    chmod((temp_ / "token").c_str(), 0600);
  }
  void Put(const char* name, const std::string& text) const {
    std::ofstream(temp_ / name) << text << "\n";
  }
  // An agent without a collector, and `more`.
  std::string Write(const std::string& more = "") const {
    Put("agent.yaml", "collector: {address: 127.0.0.1:1}\njoin: {token_file: " + temp_ / "token" +
                          "}\nstate_dir: " + temp_ / "state" +
                          "\nchecks: [{kind: disk, target: /}]\n" + more);
    return temp_ / "agent.yaml";
  }
  int Run(const Program::Words& words) {
    Program program(words);
    const int code = program.Wait();
    said_ = program.output() + program.errors();
    return code;
  }

  const fakes::TempDirectory temp_;
  std::string said_;
};

// deploy/systemd starts it again after 1 and not after 2.
TEST_F(AgentProgramTest, EndsWith2WhereOnlyAPersonCanMendIt) {
  EXPECT_EQ(Run({"--config", temp_ / "gone.yaml"}), 2);
  EXPECT_THAT(said_, HasSubstr("gone.yaml does not exist"));
  EXPECT_EQ(Run({"--config", Write("site: [")}), 2);
  EXPECT_EQ(Run({"--config", Write("colour: red")}), 2);
  EXPECT_THAT(said_, HasSubstr("colour: is not a known field"));
  EXPECT_EQ(Run({"--config", Write("role: databse")}), 2);
  EXPECT_EQ(Run({"--confg", "x"}), 2);
}

TEST_F(AgentProgramTest, AStateDirectoryThatIsAFileIsSaidInWords) {
  Put("state", "not a directory");
  for (const char* flag : {"--config", "--check-config"}) {
    Program::Words words = {"--config", Write()};
    if (flag != words[0]) words.emplace_back(flag);
    EXPECT_EQ(Run(words), 2);
    EXPECT_THAT(said_, HasSubstr("state_dir: " + temp_ / "state" + " is not a directory"));
  }
}

TEST_F(AgentProgramTest, EndsWith1WhereTimeMayMendIt) {
  Program first({"--config", Write()});
  ASSERT_TRUE(first.WaitFor("watches with 1 checks"));
  EXPECT_EQ(Run({"--config", Write()}), 1);  // the spool is locked
  EXPECT_THAT(said_, HasSubstr("is in use by another process"));
  first.Signal(SIGTERM);
  EXPECT_EQ(first.Wait(), 0);
}

TEST_F(AgentProgramTest, SignalsThatMeanNoEndDoNotEndIt) {
  Program program({"--config", Write()});
  ASSERT_TRUE(program.WaitFor("watches with 1 checks"));
  program.Signal(SIGUSR1);
  program.Signal(SIGUSR2);
  program.Signal(SIGHUP);
  EXPECT_TRUE(program.WaitFor("reloaded "));
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(AgentProgramTest, WarnsOfASecretThatOthersMayRead) {
  const std::string key = temp_ / "state/identity/identity.pem";
  ASSERT_EQ(mkdir((temp_ / "state").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((temp_ / "state/identity").c_str(), 0700), 0);
  std::ofstream(key) << "a key";
  chmod(key.c_str(), 0644);
  Program program({"--config", Write()});
  EXPECT_TRUE(program.WaitFor("identity.pem has mode 0644, so others on this host may read"));
  EXPECT_TRUE(program.WaitFor("watches with 1 checks"))
      << "before that a signal ends it as any program";
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(AgentProgramTest, NamesAWordThatItDoesNotKnowAndTheNearestOne) {
  const struct {
    Program::Words words;
    const char* says;
  } table[] = {
      {{"--chek-config"}, "unknown option \"--chek-config\"; did you mean --check-config?"},
      {{"--confg=x"}, "unknown option \"--confg\"; did you mean --config?"},
      {{"frobnicate"}, "unknown command \"frobnicate\"; see: faultline-agent --help"},
      {{"jion"}, "unknown command \"jion\"; did you mean join?"},
      {{"init", "--colector", "x"}, "unknown option \"--colector\"; did you mean --collector?"},
      {{"init", "db"}, "unknown word \"db\"; see: faultline-agent init --help"}};
  for (const auto& row : table) {
    EXPECT_EQ(Run(row.words), 2);
    EXPECT_THAT(said_, HasSubstr(row.says));
    EXPECT_THAT(said_, testing::Not(HasSubstr("not expected")));
  }
}

TEST_F(AgentProgramTest, JoiningAtAPortOfAnotherKindIsToldOnceAndInWords) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::thread plain([listener] {
    // Ends when the listener is shut down.
    for (int client = 0; (client = accept(listener, nullptr, nullptr)) >= 0; close(client)) {
      constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
      EXPECT_GT(write(client, kAnswer.data(), kAnswer.size()), 0);
      char rest[4096];
      while (read(client, rest, sizeof(rest)) > 0) {
      }
    }
  });
  EXPECT_EQ(Run({"join", "--collector", "127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                 "--token-file", temp_ / "token", "--state-dir", temp_ / "state"}),
            1);
  shutdown(listener, SHUT_RDWR);
  plain.join();
  close(listener);
  EXPECT_THAT(said_, HasSubstr("is that the collector's enrolment port"));
  EXPECT_THAT(said_, testing::Not(HasSubstr("gRPC: ")));
}

TEST_F(AgentProgramTest, ExplainsTheKeysOfItsConfiguration) {
  EXPECT_EQ(Run({"explain", "agent.yaml"}), 0);
  EXPECT_THAT(said_, HasSubstr("  collector.address (needed)\n"));
  EXPECT_THAT(said_, HasSubstr("  state_dir (default: /var/lib/faultline/agent)\n"));
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(said_, HasSubstr("faultline-agent explain agent.yaml"));
}

}  // namespace
}  // namespace faultline::agent
