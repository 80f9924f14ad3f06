#include "common/out_of_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace faultline {
namespace {

void UseUpMemory() {
  SayWhenOutOfMemory("program");
  const rlimit limit{size_t{1} << 28, size_t{1} << 28};
  setrlimit(RLIMIT_AS, &limit);
  std::vector<std::vector<char>> held;
  for (;;) held.emplace_back(size_t{1} << 24);
}

void ThrowUncaught(int error) {
  SayWhenOutOfMemory("program");
  std::thread([error] { throw std::system_error(error, std::generic_category()); }).join();
}

TEST(OutOfMemoryDeathTest, SaysSoAndEndsWith1) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_EXIT(UseUpMemory(), testing::ExitedWithCode(1), "program: out of memory; its limit");
#endif
  EXPECT_EXIT(ThrowUncaught(EAGAIN), testing::ExitedWithCode(1), "no further thread");
}

TEST(OutOfMemoryDeathTest, EverythingElseIsAnAbortAsBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ThrowUncaught(EIO), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace faultline
