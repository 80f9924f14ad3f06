// The secret that calls of the operator API must show when they change something. Until there are
// accounts, who may read its file is who may change things.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace faultline::security {

class OperatorKey {
 public:
  // Reads the key from `path`, or makes one (32 random bytes, hexadecimal, mode 0640: the
  // collector's group may read it). Errors name operator.key_file and the fix.
  static absl::StatusOr<OperatorKey> OpenOrMake(const std::string& path);
  // The same without making one: NotFound where one would be made.
  static absl::StatusOr<OperatorKey> Open(const std::string& path);

  // Whether an Authorization header carries it: "Bearer KEY". In constant time.
  bool Matches(std::string_view authorization) const;

 private:
  explicit OperatorKey(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace faultline::security
