// Waits until every thread that a test began, gRPC's above all, is gone before the program ends.
// gRPC detaches its threads and takes one for finished while the thread's own clean-up (pthread
// keys) is still to come. What OpenSSL keeps for a thread (error state, random generators, and by
// them its provider) is freed there; once OpenSSL has cleaned up at exit it is not freed any more,
// which LeakSanitizer then rightly shows. Only the kernel knows when a detached thread is over.
#include <dirent.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace faultline {
namespace {

// Of this process; . and .. are counted too.
int Threads() {
  DIR* directory = opendir("/proc/self/task");
  if (directory == nullptr) return 0;
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

class GrpcShutdown : public testing::Environment {
 public:
  void SetUp() override { before_ = Threads(); }

  void TearDown() override {
    grpc_init();
    grpc_shutdown_blocking();
    // A test that leaves a thread of its own behind loses these seconds, and nothing else.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (Threads() > before_ && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  int before_ = 0;
};

[[maybe_unused]] const testing::Environment* const grpc_shutdown =
    testing::AddGlobalTestEnvironment(new GrpcShutdown);

}  // namespace
}  // namespace faultline
