// `faultline watch` as a process, on a pipe and on a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/terminal.h"
#include "tests/cli/canned_collector.h"
#include "tests/cli/messages.h"
#include "tests/cli/program.h"

namespace faultline::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const char kStopped[] =
    R"({"id":"7","check":{"stack":{"stack":"shop","env":"prod"},"host":"db-1",)"
    R"("id":"unit:mysql.service","state":"STATE_CRITICAL","reason":"UNIT_STOPPING",)"
    R"("detail":"a \u001b[31mjob","since":"2026-11-22T03:14:07.412Z"}})";

class WatchTest : public testing::Test {
 protected:
  WatchTest() { collector_.ServeEmpty(); }
  Program::Words environment() const {
    return {"FAULTLINE_COLLECTOR=" + collector_.url(), "TERM=xterm"};
  }
  CannedCollector collector_;
};

TEST_F(WatchTest, PrintsOneLineAChange) {
  Program program({"watch"}, environment());
  ASSERT_TRUE(program.WaitFor("connected to")) << program.errors();
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(7, kStopped);
  collector_.SendChange(8, kStopped);  // nothing new
  collector_.SendChange(9, R"({"id":"9","host":{"name":"db-1","link":"LINK_SILENT"}})");
  ASSERT_TRUE(program.WaitFor("silent"));
  program.Signal(SIGINT);
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(),
              StartsWith("2026-11-22 03:14:07.412 UTC  check     CRITICAL   shop-prod/db-1  "
                         "unit:mysql.service  UNIT_STOPPING  a  [31mjob\n"));
  EXPECT_EQ(std::count(program.output().begin(), program.output().end(), '\n'), 2);
}

TEST_F(WatchTest, PrintsEveryEventAsAJsonLine) {
  Program program({"watch", "--output", "json"}, environment());
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(1, R"({ "id": "1", "resync": true })");
  collector_.SendChange(7, kStopped);
  ASSERT_TRUE(program.WaitFor("UNIT_STOPPING")) << program.errors();
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_EQ(program.output(), std::string(R"({"id":"1","resync":true})") + "\n" + kStopped + "\n");
}

TEST_F(WatchTest, ComesBackAndSaysSo) {
  Program program({"watch"}, environment());
  ASSERT_TRUE(program.WaitFor("connected to")) << program.errors();
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.EndStreams();
  ASSERT_TRUE(program.WaitFor("closed the connection; trying again"));
  ASSERT_TRUE(collector_.WaitForStreams(2));
  collector_.SendChange(7, kStopped);
  ASSERT_TRUE(program.WaitFor("UNIT_STOPPING"));
  program.Signal(SIGINT);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(WatchTest, MovesOnATerminalAndLeavesItAsItWas) {
  collector_.Serve("/api/v1/status", R"({"version": "0.1.0", "now": "2026-11-22T03:14:17.900Z"})");
  collector_.Serve("/api/v1/hosts", HostsJson());
  Program program({"watch"}, environment(), Program::kTerminal);
  ASSERT_TRUE(program.WaitFor("Live. Ctrl-C ends.")) << program.errors();
  EXPECT_THAT(program.output(), StartsWith("\x1b[?1049h"));
  EXPECT_THAT(program.output(), Not(HasSubstr("UNIT_STOPPING")));
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(7, kStopped);
  ASSERT_TRUE(program.WaitFor("UNIT_STOPPING"));
  EXPECT_THAT(program.output(), Not(HasSubstr("\x1b[31mjob")));
  collector_.EndStreams();
  ASSERT_TRUE(program.WaitFor("NOT LIVE: "));
  program.Signal(SIGINT);
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), EndsWith("\x1b[?7h\x1b[?25h\x1b[?1049l"));
}

TEST_F(WatchTest, PrintsLinesOnATerminalWhenItIsTold) {
  Program program({"watch", "--lines", "--color", "never"}, environment(), Program::kTerminal);
  ASSERT_TRUE(program.WaitFor("connected to")) << program.errors();
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(7, kStopped);
  ASSERT_TRUE(program.WaitFor("UNIT_STOPPING"));
  EXPECT_THAT(program.output(), Not(HasSubstr("\x1b")));
  program.Signal(SIGINT);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(WatchTest, LeavesTheTerminalAloneWhenItCannotConnect) {
  Program program({"watch", "--collector", "http://127.0.0.1:1"}, environment(),
                  Program::kTerminal);
  EXPECT_EQ(program.Wait(), 3);
  EXPECT_EQ(program.output(), "");
}

TEST(FitScreen, CountsWhatDoesNotFit) {
  EXPECT_EQ(FitScreen("a\nb\n", "end", 4), "\x1b[Ha\x1b[K\r\nb\x1b[K\r\n\x1b[J\x1b[4;1Hend\x1b[K");
  EXPECT_EQ(FitScreen("a\nb\nc\n", "end", 4),
            "\x1b[Ha\x1b[K\r\n... and 2 more lines\x1b[K\r\n\x1b[J\x1b[4;1Hend\x1b[K");
  EXPECT_THAT(FitScreen("a\nb\n", "end", 1), HasSubstr("end"));
}

}  // namespace
}  // namespace faultline::cli
