// From certificate files to a gRPC channel.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "agent/link/link.h"
#include "grpcpp/channel.h"

namespace faultline::link {

// Reads the files anew, checks them (CheckTlsFiles) and makes a channel to options.address. The
// channel connects on first use and shares nothing with others.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const LinkOptions& options);

}  // namespace faultline::link
