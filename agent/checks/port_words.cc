#include "agent/checks/port_words.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/milliseconds.h"
#include "agent/checks/target_text.h"

namespace faultline::checks {
namespace {

using host::TcpAnswer;
using host::TcpAnswerKind;

std::string IcmpSource(const TcpAnswer& answer) {
  if (answer.from.family == AF_UNSPEC) return "ICMP";
  return absl::StrCat("ICMP from ", answer.from.ToString());
}

Observation Unfriendly(const TcpAnswer& answer, const std::string& shown) {
  switch (answer.kind) {
    case TcpAnswerKind::kRefused:
      if (!answer.by_icmp) {
        return MakeObservation(State::kCritical, "REFUSED",
                               absl::StrCat(shown, " refused the connection"));
      }
      return MakeObservation(State::kCritical, "REFUSED",
                             absl::StrCat(shown, " is rejected by a firewall (port unreachable, ",
                                          IcmpSource(answer), ")"));
    case TcpAnswerKind::kReset:
      return MakeObservation(State::kCritical, "RESET",
                             absl::StrCat(shown, " reset the connection"));
    case TcpAnswerKind::kHostUnreachable:
      return MakeObservation(
          State::kCritical, "HOST_UNREACHABLE",
          absl::StrCat("the host of ", shown, " cannot be reached",
                       answer.by_icmp ? absl::StrCat(" (", IcmpSource(answer), ")") : ""));
    case TcpAnswerKind::kNetUnreachable:
      return MakeObservation(
          State::kCritical, "NET_UNREACHABLE",
          answer.by_icmp
              ? absl::StrCat("no route to the network of ", shown, " (", IcmpSource(answer), ")")
          : answer.error == EINVAL
              ? absl::StrCat("a blackhole route of this host swallows what goes to ", shown)
              : absl::StrCat("this host has no route to ", shown));
    case TcpAnswerKind::kAdminProhibited:
      return MakeObservation(
          State::kCritical, "ADMIN_PROHIBITED",
          answer.by_icmp
              ? absl::StrCat("a firewall prohibits ", shown, " (", IcmpSource(answer), ")")
              : absl::StrCat("a route of this host prohibits ", shown));
    case TcpAnswerKind::kBlockedHere:
      return MakeObservation(
          State::kCritical, "TIMEOUT",
          absl::StrCat("this host's own firewall drops what goes to ", shown, " (chain OUTPUT)"));
    case TcpAnswerKind::kCannotProbe:
    case TcpAnswerKind::kOpen:
      break;
  }
  return MakeObservation(
      State::kUnknown, "CANNOT_PROBE",
      absl::StrCat("cannot send a probe to ", shown, ": ", std::strerror(answer.error)));
}

}  // namespace

Observation DescribeAnswer(const TcpAnswer& answer, const std::string& target,
                           const std::string& endpoint, std::optional<Span> took) {
  const std::string shown = TargetText(target, endpoint);
  Observation out = answer.kind == TcpAnswerKind::kOpen
                        ? MakeObservation(State::kOk, "", absl::StrCat(shown, " answers"))
                        : Unfriendly(answer, shown);
  if (took.has_value() && answer.kind != TcpAnswerKind::kCannotProbe) {
    out.gauges.push_back({"probe_duration_seconds", took->seconds()});
  }
  return out;
}

Observation DescribeSilence(const Silence& silence, const std::string& target,
                            const std::string& endpoint) {
  const std::string shown = TargetText(target, endpoint);
  Observation out;
  if (silence.hint != nullptr) {
    out = Unfriendly(*silence.hint, shown);
  } else {
    out = MakeObservation(State::kCritical, "TIMEOUT", absl::StrCat(shown, " does not answer"));
  }
  std::string fact = absl::StrCat(silence.misses, " SYN to ", endpoint, " unanswered over ",
                                  FormatSpan(silence.over));
  if (silence.usual.ns > 0) {
    absl::StrAppend(&fact, "; normally ", Milliseconds(silence.usual));
  } else {
    absl::StrAppend(&fact, "; it has not answered since this agent started");
  }
  out.evidence.push_back({std::move(fact), {}});
  return out;
}

Observation ExpectClosed(Observation seen) {
  if (seen.state == State::kUnknown) return seen;
  if (seen.reason == "DNS_FAILED") {
    seen.state = State::kUnknown;
    return seen;
  }
  // The port's gauges: how fast it answers is of no use here.
  seen.gauges.clear();
  const bool answers = seen.state == State::kOk || seen.reason == "PACKET_LOSS" ||
                       seen.reason == "RESET";  // by what had taken the connection
  if (answers) {
    seen.state = State::kCritical;
    seen.reason = "EXPOSED";
    absl::StrAppend(&seen.detail, "; this host must not be able to reach it");
  } else {
    seen.state = State::kOk;
    seen.reason.clear();
    seen.detail = absl::StrCat("closed to this host: ", seen.detail);
  }
  return seen;
}

bool SettlesAtOnce(const TcpAnswer& answer) {
  switch (answer.kind) {
    case TcpAnswerKind::kHostUnreachable:
    case TcpAnswerKind::kBlockedHere:
      return false;
    case TcpAnswerKind::kNetUnreachable:
      return !answer.by_icmp;  // our own table is firm, a router's word may flap
    default:
      return true;
  }
}

}  // namespace faultline::checks
