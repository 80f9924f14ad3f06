#include "common/grpc/prepare.h"

#include <openssl/crypto.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"
#include "grpc/support/log.h"

namespace faultline {
namespace {

constexpr int kLinesPerMinute = 20;

// The first lines of each minute; the last of them says that there are more.
class LineBudget {
 public:
  enum class Grant { kTake, kTakeLast, kDrop };
  Grant Ask(MonoTime now) {
    MutexLock lock(mutex_);
    if (taken_ == 0 || now - window_ > Span::Seconds(60)) {
      window_ = now;
      taken_ = 0;
    }
    if (taken_ == kLinesPerMinute) return Grant::kDrop;
    return ++taken_ == kLinesPerMinute ? Grant::kTakeLast : Grant::kTake;
  }

 private:
  Mutex mutex_;
  MonoTime window_ FAULTLINE_GUARDED_BY(mutex_);
  int taken_ FAULTLINE_GUARDED_BY(mutex_) = 0;
};

void LogLine(gpr_log_func_args* args) {
  static auto* const budget = new LineBudget;
  const LineBudget::Grant grant = budget->Ask(SystemClock().Mono());
  if (grant == LineBudget::Grant::kDrop) return;
  const std::string text = absl::StrCat(
      "gRPC: ", args->message,
      grant == LineBudget::Grant::kTakeLast ? " (more of this minute is left out)" : "");
  Log(args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning : LogLevel::kInfo, text);
}

}  // namespace

void PrepareGrpc() {
  setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES128-GCM-SHA256", 1);
  setenv("GRPC_DNS_RESOLVER", "native", 0);
  gpr_set_log_function(LogLine);
  // gRPC's threads may still read certificates when the program ends; what OpenSSL holds goes with
  // it anyway.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  // Debian's Abseil is built with its detector of lock orders, which ends the program when it finds
  // two.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

void SilenceGrpc() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace faultline
