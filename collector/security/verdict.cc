#include "collector/security/verdict.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::security {
namespace {

constexpr char kNewToken[] = "make another: faultline token create";

Decision Refuse(Verdict verdict, std::string text) { return {verdict, std::move(text)}; }

// Everything but the count of uses.
Decision DecideToken(const TokenFacts& token, WallTime now) {
  if (!token.known) {
    return Refuse(Verdict::kNoSuchToken,
                  absl::StrCat("token: this collector knows no such token; is it another "
                               "collector's, or mistyped? If not, ",
                               kNewToken));
  }
  if (!token.right) {
    return Refuse(Verdict::kWrongToken,
                  "token: its id is known and its secret is wrong; copy the whole token again");
  }
  if (token.revoked_at.ns != 0) {
    return Refuse(
        Verdict::kTokenRevoked,
        absl::StrCat("token: was revoked at ", FormatRfc3339(token.revoked_at), "; ", kNewToken));
  }
  if (token.expires_at <= now) {
    return Refuse(
        Verdict::kTokenExpired,
        absl::StrCat("token: expired at ", FormatRfc3339(token.expires_at), "; ", kNewToken));
  }
  return {};
}

std::string NameText(const NameFacts& name) {
  return absl::StrCat("host: the name \"", name.host.host, "\" in ", name.host.stack.ToString(),
                      " is taken", name.holder.empty() ? "" : " by ", name.holder);
}

// A time after now is of a clock that was set back since: it says nothing when it is far off.
bool IsRecent(WallTime time, WallTime now) {
  return time + kSettling > now && now + kSettling > time;
}

struct Settling {
  const char* why;  // "...within the last "
  WallTime until;
};

// Why the holder counts as live, and until when whatever else does so: a time that was told must
// not move once it comes.
std::optional<Settling> SettlingOf(const NameFacts& name, WallTime now) {
  std::optional<Settling> settling;
  const auto consider = [&](bool holds, const char* why, WallTime until) {
    if (!holds) return;
    if (!settling) settling = Settling{why, until};
    settling->until = std::max(settling->until, until);
  };
  consider(IsRecent(name.holder_since, now), "joined within the last ",
           name.holder_since + kSettling);
  consider(!name.powered_off && IsRecent(name.heard, now), "was connected within the last ",
           name.heard + kSettling);
  consider(!name.powered_off && name.starting_for.ns > 0,
           "may come back, since this collector was started within the last ",
           now + name.starting_for);
  return settling;
}

Decision DecideTaken(const TokenFacts& token, const NameFacts& name, WallTime now) {
  const std::string path = absl::StrCat(name.host.stack.stack, "/", name.host.host);
  if (name.live) {
    return Refuse(Verdict::kNameLive,
                  absl::StrCat(NameText(name),
                               ", which is connected; give this host another name, "
                               "or first stop the other one or type: faultline host revoke ",
                               path));
  }
  if (const std::optional<Settling> settling = SettlingOf(name, now)) {
    return Refuse(
        Verdict::kNameSettling,
        absl::StrCat(NameText(name), ", which ", settling->why, FormatSpan(kSettling),
                     ", or is the same machine before it was installed anew; ",
                     token.replace ? "this token" : "a token made with --replace",
                     " takes the name over from ", FormatForPeople(settling->until), " on (or ",
                     FormatSpan(kSettling),
                     " after the collector's next start), unless that one is connected again; or "
                     "give this host another name"));
  }
  if (!token.replace) {
    return Refuse(Verdict::kNameTaken,
                  absl::StrCat(NameText(name),
                               ", which is not connected; to take it over, join "
                               "with a token made with --replace, or first type: faultline host "
                               "revoke ",
                               path));
  }
  return {Verdict::kTakeOver, ""};
}

}  // namespace

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kIssue:
      return "issued";
    case Verdict::kRepeat:
      return "repeated";
    case Verdict::kTakeOver:
      return "took_over";
    case Verdict::kNoSuchToken:
      return "no_such_token";
    case Verdict::kWrongToken:
      return "wrong_token";
    case Verdict::kTokenExpired:
      return "token_expired";
    case Verdict::kTokenRevoked:
      return "token_revoked";
    case Verdict::kTokenUsedUp:
      return "token_used_up";
    case Verdict::kHostRevoked:
      return "host_revoked";
    case Verdict::kNameLive:
      return "name_live";
    case Verdict::kNameSettling:
      return "name_settling";
    case Verdict::kNameTaken:
      return "name_taken";
    case Verdict::kUnknownCertificate:
      return "unknown_certificate";
    case Verdict::kWrongSignature:
      return "wrong_signature";
    case Verdict::kCertificateRevoked:
      return "certificate_revoked";
    case Verdict::kCertificateOutdated:
      return "certificate_outdated";
    case Verdict::kCertificateTooOld:
      return "certificate_too_old";
  }
  return "unknown";
}

bool Grants(Verdict verdict) {
  return verdict == Verdict::kIssue || verdict == Verdict::kRepeat || verdict == Verdict::kTakeOver;
}

absl::Status Decision::ToStatus() const {
  if (Grants(verdict)) return absl::OkStatus();
  switch (verdict) {
    case Verdict::kNameLive:
    case Verdict::kNameSettling:
    case Verdict::kNameTaken:
      return absl::AlreadyExistsError(text);
    case Verdict::kCertificateRevoked:
    case Verdict::kCertificateOutdated:
    case Verdict::kCertificateTooOld:
      return absl::PermissionDeniedError(text);
    default:
      return absl::UnauthenticatedError(text);
  }
}

Decision DecideProof(const TokenFacts& token, WallTime now) {
  TokenFacts asked = token;
  asked.right = true;  // who asks has shown its id only
  Decision decision = DecideToken(asked, now);
  return decision.verdict == Verdict::kTokenExpired && token.holder ? Decision{} : decision;
}

Decision DecideEnrol(const TokenFacts& token, const NameFacts& name, WallTime now) {
  Decision decision = DecideToken(token, now);
  // A host that already has what it asks for gets nothing by it, so neither the end nor the count
  // of the token matters; being revoked does.
  if (token.known && token.right && token.revoked_at.ns == 0 && name.repeat) {
    return {Verdict::kRepeat, ""};
  }
  if (!Grants(decision.verdict)) return decision;
  if (name.revoked_since) {
    return Refuse(Verdict::kHostRevoked,
                  absl::StrCat("token: ", name.host.host,
                               " was revoked after it had joined with this token; ", kNewToken));
  }
  if (token.used >= token.uses) {
    return Refuse(Verdict::kTokenUsedUp,
                  absl::StrCat("token: is used up (", token.uses, " of ", token.uses, " uses); ",
                               kNewToken, " --uses N"));
  }
  return name.taken ? DecideTaken(token, name, now) : Decision{Verdict::kIssue, ""};
}

Decision DecideRenewal(const RenewalFacts& facts, Span renew_expired, WallTime now) {
  constexpr char kJoin[] = "join anew with a token: faultline token create";
  if (!facts.known) {
    return Refuse(Verdict::kUnknownCertificate,
                  absl::StrCat("certificate: is not one that this collector has given (or its host "
                               "has long had newer ones, or the collector was restored from an "
                               "older backup); ",
                               kJoin));
  }
  if (!facts.signed_right) {
    return Refuse(Verdict::kWrongSignature,
                  "signature: is not by the key of the certificate over this request");
  }
  if (facts.revoked) {
    return Refuse(Verdict::kCertificateRevoked,
                  absl::StrCat("certificate: was revoked: ", facts.revoked_why, "; ", kJoin));
  }
  if (facts.newer_in_use) {
    return Refuse(Verdict::kCertificateOutdated,
                  absl::StrCat("certificate: this host already uses a newer one; was this machine "
                               "copied, or set back to an older state? If so, ",
                               kJoin));
  }
  if (facts.not_after + renew_expired < now) {
    return Refuse(Verdict::kCertificateTooOld,
                  absl::StrCat("certificate: ended at ", FormatRfc3339(facts.not_after),
                               ", more than ", FormatSpan(renew_expired), " ago; ", kJoin));
  }
  return {Verdict::kIssue, ""};
}

}  // namespace faultline::security
