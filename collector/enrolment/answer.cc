// From the wire to Joining and back.
#include "collector/enrolment/call.h"

namespace faultline::enrolment {
namespace {

absl::StatusOr<v1::Certificate> ToWire(const absl::StatusOr<security::Granted>& granted) {
  if (!granted.ok()) return granted.status();
  v1::Certificate certificate;
  certificate.add_chain(granted->certificate);
  certificate.add_authorities(granted->authority);
  certificate.set_not_before_s(granted->validity.not_before.ns / 1'000'000'000);
  certificate.set_not_after_s(granted->validity.not_after.ns / 1'000'000'000);
  certificate.set_stack(granted->identity.id.stack.stack);
  certificate.set_env(granted->identity.id.stack.env);
  certificate.set_role(granted->identity.role);
  return certificate;
}

}  // namespace

absl::StatusOr<v1::GetAuthorityResponse> Answer(security::Joining& joining,
                                                const v1::GetAuthorityRequest& request,
                                                const std::string& peer) {
  const auto proof = joining.Prove(request.token_id(), request.nonce(), peer);
  if (!proof.ok()) return proof.status();
  v1::GetAuthorityResponse response;
  response.set_authority(proof->authority);
  response.set_proof(proof->proof);
  return response;
}

absl::StatusOr<v1::Certificate> Answer(security::Joining& joining, const v1::EnrolRequest& request,
                                       const std::string& peer) {
  return ToWire(
      joining.Enrol({.token = request.token(),
                     .certificate_request = request.certificate_request(),
                     .host = request.host(),
                     .instance_id = request.instance_id(),
                     .addresses = {request.addresses().begin(), request.addresses().end()},
                     .role = request.role()},
                    peer));
}

absl::StatusOr<v1::Certificate> Answer(security::Joining& joining, const v1::RenewRequest& request,
                                       const std::string& peer) {
  return ToWire(joining.Renew({.certificate = request.certificate(),
                               .certificate_request = request.certificate_request(),
                               .signature = request.signature()},
                              peer));
}

}  // namespace faultline::enrolment
