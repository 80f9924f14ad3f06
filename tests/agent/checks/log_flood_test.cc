// A program that writes errors without end: what it costs is bounded, others go on, every line is
// counted. The figures are printed; times are not asserted.
#include <sys/resource.h>

#include <algorithm>
#include <iostream>

#include "agent/checks/log_window.h"
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

constexpr int kLinesPerMillisecond = 10;

class LogFloodTest : public CheckTest {
 protected:
  LogFloodTest() { WriteFile(path_, "history\n"); }

  uint64_t Counted() const {
    uint64_t counted = 0;
    for (const LogEventSeen& event : sink_.events) counted += event.count;
    return counted;
  }
  static double CpuSeconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  }
  static long PeakKilobytes() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
  }

  const std::string path_ = directory_ / "flask-app.log";
};

TEST_F(LogFloodTest, TenThousandErrorLinesASecondAreCountedAndLetOthersRun) {
  Start(Config("log", path_));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const double cpu_before = CpuSeconds();
  const long memory_before = PeakKilobytes();
  const MonoTime began = clock_.Mono();
  MonoTime last_tick = began;
  Span longest;
  uint64_t written = 0;
  std::ofstream writer(path_, std::ios::app);
  const auto tick = loop_->Every(Span{}, Span::Millis(1), [&] {
    const MonoTime now = clock_.Mono();
    longest = std::max(longest, now - last_tick);
    last_tick = now;
    const auto wanted = static_cast<uint64_t>((now - began).ns / 1'000'000 * kLinesPerMillisecond);
    for (; written < std::min<uint64_t>(wanted, 30'000); ++written) {
      writer << "[2026-11-25 13:21:54] ERROR in app: order " << written
             << " failed: (2003) Can't connect to MySQL server on '10.0.2.10' token=s3cr3t\n";
    }
    writer.flush();
  });
  ASSERT_TRUE(Until([&] { return written == 30'000 && Counted() == written; }, Span::Seconds(60)))
      << Counted() << " of " << written;
  const double seconds = (clock_.Mono() - began).seconds();
  std::cout << "[ figures  ] 30000 error lines in " << seconds
            << " s: " << (CpuSeconds() - cpu_before) / seconds * 100
            << " % of a core, longest wait of others " << longest.seconds() * 1000
            << " ms, peak memory + " << PeakKilobytes() - memory_before << " KiB, "
            << sink_.events.size() << " events, " << sink_.seen.size() << " reports\n";
  EXPECT_TRUE(sink_.Saw(State::kWarning, "ERROR_BURST")) << Last();
  // One kind of line: an event and a report a second, not thousands.
  EXPECT_LE(sink_.events.size(), static_cast<size_t>(seconds) * 2 + 4);
  EXPECT_LE(sink_.seen.size(), static_cast<size_t>(seconds) * 2 + 6);
  for (const LogEventSeen& event : sink_.events) {
    EXPECT_EQ(event.sample.find("s3cr3t"), std::string::npos);
  }
}

TEST_F(LogFloodTest, LinesThatAreAllDifferentFillABoundedNumberOfEvents) {
  Start(Config("log", path_));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  std::string flood;
  for (int i = 0; i < 2000; ++i) {
    std::string word = "ERROR ";
    for (int rest = i; rest > 0; rest /= 20) word += static_cast<char>('g' + rest % 20);
    flood += word + "\n";
  }
  AppendFile(path_, flood);
  ASSERT_TRUE(Until([&] { return Counted() == 2000; })) << Counted();
  EXPECT_LE(sink_.events.size(), 3 * (LogAggregate::kMaxFingerprints + 1));
  EXPECT_TRUE(std::any_of(sink_.events.begin(), sink_.events.end(), [](const LogEventSeen& event) {
    return event.pattern == "various" && event.count > 1;
  })) << "what is not told apart is counted all the same";
  EXPECT_TRUE(sink_.Saw(State::kWarning, "ERROR_BURST")) << Last();
}

TEST_F(LogFloodTest, ABacklogIsReadInTurns) {
  Start(Config("log", path_));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  std::string flood;
  for (int i = 0; i < 50'000; ++i) flood += "ERROR order failed for a customer of ours today\n";
  AppendFile(path_, flood);
  int ticks = 0;
  const auto tick = loop_->Every(Span{}, Span::Millis(1), [&] { ++ticks; });
  ASSERT_TRUE(Until([&] { return Counted() == 50'000; })) << Counted();
  EXPECT_GT(ticks, 10) << "2.4 MB are 37 turns";
}

}  // namespace
}  // namespace faultline::checks
