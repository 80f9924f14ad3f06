#include "agent/checks/ping_words.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/milliseconds.h"
#include "agent/checks/target_text.h"

namespace faultline::checks {
namespace {

using host::EchoAnswer;
using host::EchoAnswerKind;

std::string ByIcmp(const EchoAnswer& answer) {
  if (!answer.by_icmp) return "";
  if (answer.from.family == AF_UNSPEC) return " (by ICMP)";
  return absl::StrCat(" (ICMP from ", answer.from.ToString(), ")");
}

}  // namespace

Observation DescribeReply(const std::string& target, const std::string& address,
                          std::optional<Span> round_trip) {
  Observation out =
      MakeObservation(State::kOk, "", absl::StrCat(TargetText(target, address), " answers pings"));
  if (round_trip.has_value()) {
    out.gauges.push_back({"ping_round_trip_seconds", round_trip->seconds()});
  }
  return out;
}

Observation DescribeNoReply(const EchoAnswer& answer, const std::string& target,
                            const std::string& address) {
  const std::string shown = TargetText(target, address);
  switch (answer.kind) {
    case EchoAnswerKind::kHostUnreachable:
      return MakeObservation(State::kCritical, "HOST_UNREACHABLE",
                             absl::StrCat(shown, " cannot be reached", ByIcmp(answer)));
    case EchoAnswerKind::kNetUnreachable:
      return MakeObservation(
          State::kCritical, "NET_UNREACHABLE",
          answer.by_icmp ? absl::StrCat("no route to the network of ", shown, ByIcmp(answer))
                         : absl::StrCat("this host has no route to ", shown));
    case EchoAnswerKind::kBlackhole:
      return MakeObservation(
          State::kCritical, "NET_UNREACHABLE",
          absl::StrCat("a blackhole route of this host swallows what goes to ", shown));
    case EchoAnswerKind::kProhibited:
      return MakeObservation(
          State::kCritical, "ADMIN_PROHIBITED",
          answer.by_icmp ? absl::StrCat("a firewall prohibits pings to ", shown, ByIcmp(answer))
                         : absl::StrCat("a route of this host prohibits ", shown));
    case EchoAnswerKind::kBlockedHere:
      return MakeObservation(
          State::kCritical, "PING_TIMEOUT",
          absl::StrCat("this host's own firewall drops pings to ", shown, " (chain OUTPUT)"));
    case EchoAnswerKind::kReply:
    case EchoAnswerKind::kCannotProbe:
      break;
  }
  return MakeObservation(
      State::kUnknown, "CANNOT_PROBE",
      absl::StrCat("cannot send a ping to ", shown, ": ", std::strerror(answer.error)));
}

Observation DescribePingSilence(const PingSilence& silence, const std::string& target,
                                const std::string& address) {
  const std::string shown = TargetText(target, address);
  const bool closed = silence.hint == nullptr ||
                      silence.hint->kind == EchoAnswerKind::kProhibited ||
                      silence.hint->kind == EchoAnswerKind::kBlockedHere;
  Observation out;
  if (!silence.ever_answered && closed) {
    out = MakeObservation(
        State::kUnknown, "NEVER_ANSWERED",
        absl::StrCat(shown, " has never answered a ping from here: a security group or ",
                     "firewall may close ICMP; allow echo requests or remove this check"));
    if (silence.hint != nullptr) {
      out.evidence.push_back({DescribeNoReply(*silence.hint, target, address).detail, {}});
    }
  } else if (silence.hint != nullptr) {
    out = DescribeNoReply(*silence.hint, target, address);
  } else {
    out = MakeObservation(State::kCritical, "PING_TIMEOUT",
                          absl::StrCat(shown, " does not answer pings"));
  }
  std::string fact = absl::StrCat(silence.misses, " pings to ", address, " unanswered over ",
                                  FormatSpan(silence.over));
  if (silence.usual.ns > 0) {
    absl::StrAppend(&fact, "; normally ", Milliseconds(silence.usual));
  } else {
    absl::StrAppend(&fact, "; it has not answered since this agent started");
  }
  out.evidence.push_back({std::move(fact), {}});
  return out;
}

bool SettlesAtOnce(const EchoAnswer& answer) {
  switch (answer.kind) {
    case EchoAnswerKind::kHostUnreachable:
    case EchoAnswerKind::kBlockedHere:
      return false;
    default:
      return !answer.by_icmp;
  }
}

}  // namespace faultline::checks
