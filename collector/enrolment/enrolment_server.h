// The hosts' enrolment service (enrolment.proto) on a port of its own: a thin adapter to Joining.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/security/joining.h"

namespace faultline::enrolment {

struct EnrolmentOptions {
  std::string listen;  // "0.0.0.0:7444"; port 0 = any
  size_t max_message_bytes = 32 * 1024;
};

// TLS 1.3 with the certificate `server` and without one of the client: who may join is said by
// tokens, who may renew by a signature.
//
// Owns the gRPC server, one completion queue and one thread, on which gRPC polls its connections
// and calls with their writes to the disk run one after the other: however many strangers come,
// they burn one core and hold up only each other. A connection lives for at most a minute. The
// destructor joins.
class EnrolmentServer {
 public:
  virtual ~EnrolmentServer() = default;
  // Errors name listen.enrolment and the fix. `joining` must outlive the server.
  static absl::StatusOr<std::unique_ptr<EnrolmentServer>> Start(
      const EnrolmentOptions& options, const security::ServerCertificate& server,
      security::Joining& joining);
  virtual int port() const = 0;
};

}  // namespace faultline::enrolment
