#include "agent/link/enrolment_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/credentials.h"
#include "agent/link/failure_hint.h"
#include "common/join_token.h"
#include "common/text.h"
#include "common/tls/certificate.h"
#include "faultline/v1/enrolment.grpc.pb.h"

namespace faultline::link {
namespace {

namespace v1 = faultline::v1;

constexpr char kEnrolmentTlsHint[] =
    "; is that the collector's enrolment port, is its certificate of its authority and for its "
    "name, "
    "is this host's clock right, and does nobody stand between?";
constexpr char kAnybody[] = "somebody who has not proved himself answers: ";

absl::Status FromGrpc(const grpc::Status& status, const std::string& address, const char* who) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = CleanText(status.error_message(), 400);
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (code == absl::StatusCode::kUnavailable) {
    return absl::UnavailableError(absl::StrCat(
        address, ": ", FailureText(text), FailureHint(text, "join.address", kEnrolmentTlsHint)));
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(
        absl::StrCat(address, ": no answer in time; is that the collector's enrolment port?"));
  }
  if (code == absl::StatusCode::kUnimplemented) {
    return absl::UnimplementedError(
        absl::StrCat(address,
                     " has no enrolment; join.address is the collector's enrolment port "
                     "(7444 unless configured otherwise)"));
  }
  return {code, absl::StrCat(address, ": ", who, text.empty() ? "refused without a word" : text)};
}

absl::Status Prefixed(const absl::Status& status, const std::string& address) {
  return {status.code(), absl::StrCat(address, ": ", status.message())};
}

}  // namespace

bool IsPassing(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

EnrolmentClient::EnrolmentClient(EnrolmentTarget target, const Clock& clock)
    : target_(std::move(target)), clock_(clock) {}

void EnrolmentClient::Cancel() {
  MutexLock lock(mutex_);
  cancelled_ = true;
  if (under_way_ != nullptr) under_way_->TryCancel();
}

absl::Status EnrolmentClient::Call(const std::function<grpc::Status(grpc::ClientContext*)>& call,
                                   const char* who) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::nanoseconds(target_.deadline.ns));
  {
    MutexLock lock(mutex_);
    if (cancelled_) return absl::CancelledError("stopping");
    under_way_ = &context;
  }
  const grpc::Status status = call(&context);
  MutexLock lock(mutex_);
  under_way_ = nullptr;
  if (cancelled_) return absl::CancelledError("stopping");
  return FromGrpc(status, target_.address, who);
}

absl::StatusOr<ProvenAuthority> EnrolmentClient::FindAuthority(const JoinToken& token) {
  const absl::StatusOr<std::string> nonce = MakeNonce();
  if (!nonce.ok()) return nonce.status();
  v1::GetAuthorityRequest request;
  request.set_token_id(token.id);
  request.set_nonce(*nonce);
  v1::GetAuthorityResponse answer;
  const auto stub =
      v1::Enrolment::NewStub(MakeUnverifiedChannel(target_.address, target_.server_name));
  if (absl::Status called = Call(
          [&](grpc::ClientContext* context) {
            return stub->GetAuthority(context, request, &answer);
          },
          kAnybody);
      !called.ok()) {
    return called;
  }
  // Before anything else is believed, or so much as parsed.
  if (!IsAuthorityProof(token, *nonce, answer.authority(), answer.proof())) {
    return absl::UnauthenticatedError(
        absl::StrCat(target_.address,
                     " does not prove that it knows the join token: it is another collector, "
                     "or somebody stands between, or the token was mistyped"));
  }
  absl::StatusOr<tls::X509Ptr> authority = ParseDer(answer.authority());
  if (!authority.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(target_.address, ": the authority in the answer is no certificate"));
  }
  if (absl::Status good = CheckAuthority(authority->get(), clock_.Now()); !good.ok()) {
    return Prefixed(good, target_.address);
  }
  return ProvenAuthority{.pem = tls::PemOf(authority->get()),
                         .fingerprint = Fingerprint(authority->get())};
}

absl::StatusOr<Identity> EnrolmentClient::Enrol(const ProvenAuthority& authority,
                                                const JoinToken& token, HostKey key,
                                                v1::EnrolRequest request) {
  absl::StatusOr<std::string> wanted = key.MakeRequest();
  if (!wanted.ok()) return wanted.status();
  request.set_certificate_request(*std::move(wanted));
  request.set_token(token.whole.value());
  v1::Certificate answer;
  const auto stub = v1::Enrolment::NewStub(
      MakeServerVerifyingChannel(target_.address, target_.server_name, authority.pem));
  absl::Status called =
      Call([&](grpc::ClientContext* context) { return stub->Enrol(context, request, &answer); });
  const host::Secret wiped(std::move(*request.mutable_token()));
  if (!called.ok()) return called;
  absl::StatusOr<Identity> identity =
      IdentityFromAnswer(answer, std::move(key), request.host(), authority.pem, clock_.Now());
  if (!identity.ok()) return Prefixed(identity.status(), target_.address);
  return identity;
}

absl::StatusOr<Identity> EnrolmentClient::Renew(const Identity& present, HostKey key) {
  absl::StatusOr<std::string> wanted = key.MakeRequest();
  if (!wanted.ok()) return wanted.status();
  absl::StatusOr<std::string> signature = present.key.Sign(RenewalText(*wanted));
  if (!signature.ok()) return signature.status();
  v1::RenewRequest request;
  request.set_certificate(present.leaf);
  request.set_certificate_request(*std::move(wanted));
  request.set_signature(*std::move(signature));
  v1::Certificate answer;
  const auto stub = v1::Enrolment::NewStub(
      MakeServerVerifyingChannel(target_.address, target_.server_name, present.authorities));
  if (absl::Status called = Call(
          [&](grpc::ClientContext* context) { return stub->Renew(context, request, &answer); });
      !called.ok()) {
    return called;
  }
  absl::StatusOr<Identity> identity =
      IdentityFromAnswer(answer, std::move(key), present.who.id.host, "", clock_.Now());
  if (!identity.ok()) return Prefixed(identity.status(), target_.address);
  return identity;
}

}  // namespace faultline::link
