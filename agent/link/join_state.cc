#include "agent/link/join_state.h"

#include "absl/strings/str_cat.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/renewal_schedule.h"

namespace faultline::link {
namespace {

const char* ReasonOf(JoinStep step, const absl::Status& status) {
  switch (step) {
    case JoinStep::kToken:
      return "JOIN_NO_TOKEN";
    case JoinStep::kDisk:
      return "IDENTITY_UNWRITABLE";
    case JoinStep::kProof:
    case JoinStep::kCollector:
      break;
  }
  return IsPassing(status) ? "JOIN_UNREACHABLE" : "JOIN_REFUSED";
}

}  // namespace

JoinState Joined(const Identity& identity) {
  return {.joined = true,
          .reason = "",
          .detail = absl::StrCat("joined as ", identity.Uri(), "; the certificate is good until ",
                                 FormatForPeople(identity.life.not_after))};
}

JoinState NotJoined(JoinStep step, const absl::Status& status, const std::string& damage,
                    WallTime again) {
  JoinState state{.joined = false,
                  .reason = ReasonOf(step, status),
                  .detail = absl::StrCat(damage, damage.empty() ? "" : ". ",
                                         "this host has not joined: ", status.message())};
  // Who reads of a refusal thinks that he has to do something now.
  if (state.reason == "JOIN_REFUSED" && again.ns != 0) {
    absl::StrAppend(&state.detail, ". The agent tries again by itself at ", FormatForPeople(again),
                    ", and at once with another token");
  }
  return state;
}

JoinState Unsaved(const absl::Status& status) {
  return {.joined = true,
          .reason = "IDENTITY_UNWRITABLE",
          .detail = absl::StrCat(status.message(),
                                 "; until then the new key and certificate are in memory only, and "
                                 "a restart falls back to what is on disk")};
}

JoinState ClockWrong(const Identity& identity, ClockTrouble trouble) {
  const std::string what =
      trouble == ClockTrouble::kBehind
          ? absl::StrCat("the certificate begins at ", FormatForPeople(identity.life.not_before),
                         ", later than this host's clock says")
          : absl::StrCat("a certificate that the collector has just made ends at ",
                         FormatForPeople(identity.life.not_after),
                         ", soon or long ago by this host's clock");
  return {.joined = true,
          .reason = "CLOCK_WRONG",
          .detail = absl::StrCat(what, "; is the clock right (timedatectl)?")};
}

JoinState NotRenewed(const Identity& identity, const absl::Status& status, WallTime now) {
  // A collector that restarts is no news while there is time.
  if (!IsLate(identity.life, now)) return Joined(identity);
  const bool is_over = now >= identity.life.not_after;
  return {.joined = true,
          .reason = "RENEWAL_LATE",
          .detail = absl::StrCat("the certificate ", is_over ? "ran out at " : "runs out at ",
                                 FormatForPeople(identity.life.not_after),
                                 " and could not be renewed: ", status.message())};
}

JoinState NotRejoined(const absl::Status& refusal, const absl::Status& joining) {
  return {
      .joined = true,
      .reason = "RENEWAL_REFUSED",
      .detail = absl::StrCat("the collector does not renew the certificate (", refusal.message(),
                             "), and this host cannot join anew: ", joining.message(),
                             ". Make a token for it on the collector and write it into the "
                             "token file")};
}

std::string KeptAlthough(const HostIdentity& who, const std::string& host,
                         const std::string& role) {
  std::string differs;
  if (who.id.host != host) differs = absl::StrCat("host ", host);
  if (!role.empty() && who.role != role) {
    absl::StrAppend(&differs, differs.empty() ? "" : ", ", "role ", role);
  }
  if (differs.empty()) return "";
  return absl::StrCat(
      "this host stays ", IdentityUri(who), " although the configuration says ", differs,
      "; to change that, put a token made with --replace into its file, then systemctl stop "
      "faultline-agent, a minute later faultline-agent join --again, systemctl start "
      "faultline-agent");
}

}  // namespace faultline::link
