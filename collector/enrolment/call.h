// One unary call on a completion queue, from waiting for it to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "collector/security/joining.h"
#include "common/grpc/completion.h"
#include "faultline/v1/enrolment.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace faultline::enrolment {

// Deletes itself. Answers on the queue's thread, which therefore takes one call after the other.
template <typename Request, typename Response>
class Call : public CompletionTag {
 public:
  struct Method {
    grpc::ServerCompletionQueue& queue;
    // RequestX of the service.
    std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                       grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*)>
        request;
    std::function<absl::StatusOr<Response>(const Request&, const std::string& peer)> answer;
    const bool& stopping;  // the queue's thread alone reads and sets it
  };

  // Waits for one call, and then for the next.
  static void Accept(Method method) {
    auto* const call = new Call(std::move(method));
    call->method_.request(&call->context_, &call->request_, &call->writer_, &call->method_.queue,
                          &call->method_.queue, call);
  }

  void Complete(bool ok) override {
    std::unique_ptr<Call> self(this);
    // Not ok: the server is shutting down. Nothing may be asked of a queue that is.
    if (answered_ || !ok || method_.stopping) return;
    answered_ = true;
    Accept(method_);
    const auto response = method_.answer(request_, context_.peer());
    if (response.ok()) {
      writer_.Finish(*response, grpc::Status::OK, this);
    } else {
      // absl's codes are gRPC's.
      writer_.FinishWithError({static_cast<grpc::StatusCode>(response.status().code()),
                               std::string(response.status().message())},
                              this);
    }
    (void)self.release();  // until the answer has gone out
  }

 private:
  explicit Call(Method method) : method_(std::move(method)), writer_(&context_) {}

  Method method_;
  grpc::ServerContext context_;
  Request request_;
  grpc::ServerAsyncResponseWriter<Response> writer_;
  bool answered_ = false;
};

// From the wire to Joining and back.
absl::StatusOr<v1::GetAuthorityResponse> Answer(security::Joining& joining,
                                                const v1::GetAuthorityRequest& request,
                                                const std::string& peer);
absl::StatusOr<v1::Certificate> Answer(security::Joining& joining, const v1::EnrolRequest& request,
                                       const std::string& peer);
absl::StatusOr<v1::Certificate> Answer(security::Joining& joining, const v1::RenewRequest& request,
                                       const std::string& peer);

}  // namespace faultline::enrolment
