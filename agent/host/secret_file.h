// A secret from a file or the environment, kept out of everything else.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace faultline::host {

// Wiped when it goes. Has no way to be printed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { Wipe(); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept { *this = std::move(other); }
  Secret& operator=(Secret&& other) noexcept;

  const std::string& value() const { return value_; }

 private:
  void Wipe();

  std::string value_;
};

// The first line of a regular file of at most 4 KiB, without its line end. PermissionDenied: may
// not be read, or (FailedPrecondition) everybody may. The error names file and fix, never what is
// in the file. May block on a slow file system: call it from a worker.
// `what` is its name in errors.
absl::StatusOr<Secret> ReadSecretFile(const std::string& path,
                                      const std::string& what = "the password file");

// Differs when the file was replaced, written or given other rights; empty while it is not there.
std::string SecretFileStamp(const std::string& path);

// NotFound when the variable is not set.
absl::StatusOr<Secret> ReadSecretVariable(const std::string& name);

}  // namespace faultline::host
