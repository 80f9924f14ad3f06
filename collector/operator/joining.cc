// Tokens and the revocation of hosts.
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxTokenText = 512;

absl::Status NoAuthority() {
  return absl::FailedPreconditionError(
      "this collector is not a certificate authority: its configuration names the TLS files of "
      "yours (tls)");
}

v1::Token::State StateOf(const security::StoredToken& token, WallTime now) {
  if (token.revoked_at.ns != 0) return v1::Token::STATE_REVOKED;
  if (token.used >= token.uses) return v1::Token::STATE_USED_UP;
  return token.expires_at <= now ? v1::Token::STATE_EXPIRED : v1::Token::STATE_ACTIVE;
}

void SetKnownTime(WallTime time, google::protobuf::Timestamp* (v1::Token::*field)(),
                  v1::Token* out) {
  if (time.ns != 0) SetTime(time, (out->*field)());
}

v1::Token TokenToProto(const security::StoredToken& token, WallTime now) {
  v1::Token out;
  out.set_id(token.id);
  out.mutable_stack()->set_stack(token.stack.stack);
  out.mutable_stack()->set_env(token.stack.env);
  for (const std::string& role : token.roles) out.add_roles(role);
  out.set_replace(token.replace);
  out.set_uses(token.uses);
  out.set_used(token.used);
  out.set_state(StateOf(token, now));
  SetKnownTime(token.created_at, &v1::Token::mutable_created_at, &out);
  SetKnownTime(token.expires_at, &v1::Token::mutable_expires_at, &out);
  SetKnownTime(token.revoked_at, &v1::Token::mutable_revoked_at, &out);
  SetKnownTime(token.last_used_at, &v1::Token::mutable_last_used_at, &out);
  out.set_source(CleanText(token.source, kMaxTokenText));
  return out;
}

}  // namespace

absl::StatusOr<v1::ListTokensResponse> ListTokens(const Context& context, const Params& params) {
  if (auto filters = Filters::Parse(params, {}); !filters.ok()) return filters.status();
  if (context.joining == nullptr) return NoAuthority();
  const auto tokens = context.joining->Tokens();
  if (!tokens.ok()) return tokens.status();
  v1::ListTokensResponse response;
  for (const security::StoredToken& token : *tokens) {
    *response.add_tokens() = TokenToProto(token, context.clock.Now());
  }
  return response;
}

absl::StatusOr<v1::CreateTokenResponse> CreateToken(const Context& context,
                                                    const v1::CreateTokenRequest& request,
                                                    const std::string& who) {
  if (context.joining == nullptr) return NoAuthority();
  security::TokenSpec spec;
  spec.stack = {request.stack().stack(), request.stack().env()};
  spec.roles = {request.roles().begin(), request.roles().end()};
  spec.replace = request.replace();
  if (request.uses() != 0) spec.uses = request.uses();
  if (request.ttl_seconds() != 0) spec.ttl = Span::Seconds(request.ttl_seconds());
  const auto created = context.joining->CreateToken(spec, who);
  if (!created.ok()) return created.status();
  v1::CreateTokenResponse response;
  response.set_token(created->text);
  *response.mutable_details() = TokenToProto(created->stored, context.clock.Now());
  return response;
}

absl::StatusOr<v1::Token> RevokeToken(const Context& context, const std::string& id,
                                      const std::string& who) {
  if (context.joining == nullptr) return NoAuthority();
  const auto revoked = context.joining->RevokeToken(id, who);
  if (!revoked.ok()) return revoked.status();
  return TokenToProto(*revoked, context.clock.Now());
}

absl::StatusOr<v1::RevokeHostResponse> RevokeHost(const Context& context,
                                                  const v1::RevokeHostRequest& request,
                                                  const std::string& who) {
  if (context.joining == nullptr) return NoAuthority();
  if (request.stack().empty()) return absl::InvalidArgumentError("stack: is missing");
  if (request.host().empty()) return absl::InvalidArgumentError("host: is missing");
  const auto revoked =
      context.joining->RevokeHost(request.stack(), request.env(), request.host(), who);
  if (!revoked.ok()) return revoked.status();
  // What it said has nobody behind it any more. One that came back meanwhile, with another token,
  // is heard and stays.
  if (context.forgetter != nullptr) {
    context.forgetter->Forget(revoked->host, rules::Decision::kHostRevoked);
  }
  v1::RevokeHostResponse response;
  response.mutable_stack()->set_stack(revoked->host.stack.stack);
  response.mutable_stack()->set_env(revoked->host.stack.env);
  response.set_host(revoked->host.host);
  response.set_certificates(static_cast<uint32_t>(revoked->certificates));
  for (const std::string& id : revoked->open_tokens) response.add_open_tokens(id);
  for (const std::string& id : revoked->readmitting_tokens) response.add_readmitting_tokens(id);
  return response;
}

}  // namespace faultline::operator_api
