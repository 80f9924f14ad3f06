// std::mutex with clang's thread-safety annotations.
//
// Abseil's synchronisation is not used in our code: Debian's build of it reports races under
// ThreadSanitizer in correct programs (design, library facts).
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FAULTLINE_ATTRIBUTE(x) __attribute__((x))
#else
#define FAULTLINE_ATTRIBUTE(x)
#endif
#define FAULTLINE_GUARDED_BY(x) FAULTLINE_ATTRIBUTE(guarded_by(x))
#define FAULTLINE_REQUIRES(...) FAULTLINE_ATTRIBUTE(requires_capability(__VA_ARGS__))

namespace faultline {

class FAULTLINE_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void Lock() FAULTLINE_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void Unlock() FAULTLINE_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex for its own lifetime; may wait on a condition variable meanwhile.
class FAULTLINE_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FAULTLINE_ATTRIBUTE(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~MutexLock() FAULTLINE_ATTRIBUTE(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // Releases the mutex while waiting. Returns when `done()` holds.
  template <typename Predicate>
  void Wait(std::condition_variable& condition, Predicate done) {
    condition.wait(lock_, done);
  }
  // The same with a bound. Returns what `done()` says at the end.
  template <typename Duration, typename Predicate>
  bool WaitFor(std::condition_variable& condition, Duration bound, Predicate done) {
    return condition.wait_for(lock_, bound, done);
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace faultline
