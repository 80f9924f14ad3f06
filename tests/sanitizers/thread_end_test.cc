// Shows that grpc_shutdown.cc waits for the end of a thread's own clean-up. Without it this program
// leaks what OpenSSL keeps for the thread, 984 bytes and all that hangs on them, under
// LeakSanitizer.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace faultline {
namespace {

std::atomic<bool> cleaned{false};

TEST(ThreadEndTest, AThreadThatIsStillCleaningUpIsWaitedFor) {
  pthread_key_t key;
  ASSERT_EQ(pthread_key_create(&key,
                               [](void*) {
                                 // Work that takes long: only so is the end of the tests before it.
                                 const auto end = std::chrono::steady_clock::now() +
                                                  std::chrono::milliseconds(100);
                                 while (std::chrono::steady_clock::now() < end) {
                                 }
                                 cleaned = true;
                               }),
            0);
  static int value = 1;
  std::atomic<bool> finished{false};
  std::thread([&] {
    pthread_setspecific(key, &value);
    unsigned char bytes[8];
    RAND_bytes(bytes, sizeof bytes);
    RAND_priv_bytes(bytes, sizeof bytes);
    ERR_raise(ERR_LIB_USER, 1);
    finished = true;
  }).detach();
  while (!finished) std::this_thread::yield();
  EXPECT_FALSE(cleaned);
  // The tests are over by then; where there is no LeakSanitizer this alone can tell.
  std::atexit([] {
    if (!cleaned) _exit(1);
  });
}

}  // namespace
}  // namespace faultline
