// Against AWS's own stand-in, amazon-ec2-metadata-mock, which then takes nothing but IMDSv2. It is
// built with Go at the first run, into the build folder; where there is no Go, or no way to the
// module, this counts as skipped.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/cloud/metadata_service.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/loopback_port.h"

namespace faultline::cloud {
namespace {

constexpr char kModule[] = "github.com/aws/amazon-ec2-metadata-mock/cmd/ec2-metadata-mock@v1.13.0";

class MockProcess {
 public:
  MockProcess(const std::string& program, int port) {
    std::vector<std::string> words = {program,     "--imdsv2", "--hostname",
                                      "127.0.0.1", "--port",   std::to_string(port)};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      pid_ = -1;
    }
  }
  ~MockProcess() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

TEST(MetadataMockTest, ItsInstanceIsFound) {
  const std::string tools = FAULTLINE_SOURCE_DIR "/build/tools";
  const std::string program = tools + "/ec2-metadata-mock";
  if (!std::filesystem::exists(program)) {
    if (std::system("command -v go >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no go";
    std::filesystem::create_directories(tools);
    const std::string install = "GOBIN='" + tools + "' timeout 90 go install " + kModule;
    if (std::system((install + " >/dev/null 2>&1").c_str()) != 0) {
      GTEST_SKIP() << "go could not build it: " << install;
    }
  }
  const int port = fakes::FreeLoopbackPort();
  const MockProcess mock(program, port);
  const auto loop = *host::Loop::Create();
  const MetadataService service{.address = *host::ParseIpAddress("127.0.0.1"),
                                .port = static_cast<uint16_t>(port),
                                .timeout = Span::Seconds(5)};
  absl::StatusOr<Ec2Identity> answer = absl::UnavailableError("not asked yet");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!answer.ok() && std::chrono::steady_clock::now() < deadline) {  // until it listens
    bool answered = false;
    const auto lookup = AskMetadata(*loop, service, [&](auto got) {
      answer = std::move(got);
      answered = true;
    });
    ASSERT_TRUE(host::RunUntil(*loop, [&] { return answered; }));
    if (!answer.ok())
      host::RunUntil(
          *loop, [] { return false; }, Span::Millis(50));
  }
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, (Ec2Identity{"i-1234567890abcdef0", "us-east-1"}));
}

}  // namespace
}  // namespace faultline::cloud
