// Waits for gRPC's threads before the program ends. The last channel or server to go starts gRPC's
// shutdown on a thread of its own (grpc_shutdown, grpc/grpc.h); one that is still at work when
// OpenSSL cleans up at exit can no longer free its thread's error state, which LeakSanitizer then
// rightly shows.
#include <grpc/grpc.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

class GrpcShutdown : public testing::Environment {
 public:
  void TearDown() override {
    grpc_init();
    grpc_shutdown_blocking();
  }
};

[[maybe_unused]] const testing::Environment* const grpc_shutdown =
    testing::AddGlobalTestEnvironment(new GrpcShutdown);

}  // namespace
}  // namespace faultline
