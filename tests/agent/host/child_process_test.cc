// Programs run for what they print: real ones.
#include "agent/host/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "tests/agent/host/run_until.h"

namespace faultline::host {
namespace {

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() : loop_(*Loop::Create()) {}

  // Runs a line of shell and waits for what comes of it.
  absl::StatusOr<ChildOutput> Shell(const std::string& line, size_t max_output = 1 << 20,
                                    Span deadline = Span::Seconds(20)) {
    std::optional<absl::StatusOr<ChildOutput>> result;
    auto child = RunChild(*loop_, {{"/bin/sh", "-c", line}, max_output, deadline},
                          [&](absl::StatusOr<ChildOutput> output) { result = std::move(output); });
    if (!child.ok()) return child.status();
    if (!RunUntil(*loop_, [&] { return result.has_value(); })) {
      return absl::InternalError("it never called back");
    }
    return *result;
  }

  std::unique_ptr<Loop> loop_;
};

TEST_F(ChildProcessTest, GivesWhatTheProgramPrintedAndItsExitCode) {
  const auto output = Shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->exit_code, 3);
}

TEST_F(ChildProcessTest, ReadsMoreThanAPipeHolds) {
  const auto output = Shell("head -c 1000000 /dev/zero");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->out.size(), 1000000u);
}

TEST_F(ChildProcessTest, EndsAProgramThatPrintsTooMuch) {
  EXPECT_TRUE(absl::IsResourceExhausted(Shell("cat /dev/zero", 1000).status()));
}

TEST_F(ChildProcessTest, TooMuchIsToldAlsoWhenTheProgramHasEndedAlready) {
  EXPECT_TRUE(absl::IsResourceExhausted(Shell("head -c 60000 /dev/zero", 1000).status()));
}

TEST_F(ChildProcessTest, EndsAProgramThatTakesTooLong) {
  const auto output = Shell("exec sleep 600", 1000, Span::Millis(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(output.status())) << output.status();
}

TEST_F(ChildProcessTest, KeepsOnlyTheBeginningOfItsErrors) {
  const auto output = Shell("head -c 100000 /dev/zero >&2");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->err.size(), 4096u);
}

TEST_F(ChildProcessTest, TellsWhichSignalEndedIt) {
  const auto output = Shell("kill -TERM $$");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->exit_code, 128 + SIGTERM);
}

TEST_F(ChildProcessTest, TheProgramSeesNothingOfOurEnvironment) {
  ASSERT_EQ(setenv("FAULTLINE_TEST_SECRET", "geheim", 1), 0);
  const auto output = Shell("env");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->out.find("geheim"), std::string::npos);
  EXPECT_NE(output->out.find("LC_ALL=C"), std::string::npos);
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsNotFound) {
  const auto child = RunChild(*loop_, {{"/nowhere/program"}, 10, Span::Seconds(1)}, [](auto) {});
  EXPECT_TRUE(absl::IsNotFound(child.status())) << child.status();
  EXPECT_EQ(FindProgram({"no-such-program-anywhere"}), "");
  EXPECT_NE(FindProgram({"no-such-program-anywhere", "sh"}), "");
}

TEST_F(ChildProcessTest, AHandleThatIsDestroyedEndsTheProgramAndNeverCallsBack) {
  bool called = false;
  auto child = RunChild(*loop_, {{"/bin/sh", "-c", "exec sleep 600"}, 10, Span::Seconds(600)},
                        [&](auto) { called = true; });
  ASSERT_TRUE(child.ok());
  child->reset();
  bool later = false;
  const auto soon = loop_->After(Span::Millis(20), [&] { later = true; });
  ASSERT_TRUE(RunUntil(*loop_, [&] { return later; }));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace faultline::host
