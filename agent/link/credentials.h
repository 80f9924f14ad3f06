// From certificate files to a gRPC channel.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/link/link.h"
#include "grpcpp/channel.h"

namespace faultline::link {

// Reads the credentials anew (options.credentials, or else the files, checked as CheckTlsFiles
// does) and makes a channel to options.address. The channel connects on first use and shares
// nothing with others.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const LinkOptions& options);

// To whoever answers at `address`, encrypted, with any certificate at all: only for what proves
// itself by other means. `server_name` is what it is asked for (SNI). TLS 1.3 where PrepareGrpc was
// called.
std::shared_ptr<grpc::Channel> MakeUnverifiedChannel(const std::string& address,
                                                     const std::string& server_name);

// To `server_name` of one of `authorities` (PEM), without a certificate of our own.
std::shared_ptr<grpc::Channel> MakeServerVerifyingChannel(const std::string& address,
                                                          const std::string& server_name,
                                                          const std::string& authorities);

}  // namespace faultline::link
