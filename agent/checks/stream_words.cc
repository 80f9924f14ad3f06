#include "agent/checks/stream_words.h"
#include "agent/checks/make_observation.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

using host::StreamStage;
using host::TcpAnswerKind;

Observation Late(const host::StreamEnd& end, const std::string& shown, Span timeout, bool began) {
  const std::string within = absl::StrCat(" within ", FormatSpan(timeout));
  switch (end.stage) {
    case StreamStage::kConnecting:
      return MakeObservation(State::kCritical, "TIMEOUT",
                             absl::StrCat(shown, " takes no connection", within));
    case StreamStage::kHandshaking:
      return MakeObservation(
          State::kCritical, "TIMEOUT",
          absl::StrCat(shown, " took the connection, but its TLS handshake did not end", within));
    case StreamStage::kOpen:
      break;
  }
  return MakeObservation(
      State::kCritical, "TIMEOUT",
      began ? absl::StrCat(shown, " began to answer, but did not end", within)
            : absl::StrCat(shown, " took the request, but did not answer", within));
}

Observation Broken(const host::StreamEnd& end, const std::string& shown, bool began) {
  const char* when = end.stage == StreamStage::kHandshaking ? " during the TLS handshake"
                     : began                                ? " in the middle of its answer"
                                                            : " without an answer";
  return MakeObservation(
      State::kCritical, "RESET",
      absl::StrCat(shown, end.kind == host::StreamEndKind::kClosed ? " closed" : " reset",
                   " the connection", when));
}

Observation Tcp(const host::StreamEnd& end, const std::string& shown, bool began) {
  switch (end.tcp.kind) {
    case TcpAnswerKind::kRefused:
      return MakeObservation(State::kCritical, "REFUSED",
                             absl::StrCat(shown, " refused the connection"));
    case TcpAnswerKind::kReset:
      return Broken(end, shown, began);
    case TcpAnswerKind::kHostUnreachable:
      return MakeObservation(State::kCritical, "HOST_UNREACHABLE",
                             absl::StrCat("the host of ", shown, " cannot be reached"));
    case TcpAnswerKind::kNetUnreachable:
      return MakeObservation(State::kCritical, "NET_UNREACHABLE",
                             absl::StrCat("this host has no route to ", shown));
    case TcpAnswerKind::kAdminProhibited:
      return MakeObservation(State::kCritical, "ADMIN_PROHIBITED",
                             absl::StrCat("a firewall or a route prohibits ", shown));
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
      absl::StrCat("this host cannot connect to ", shown, ": ", std::strerror(end.tcp.error)));
}

}  // namespace

Observation DescribeStreamEnd(const host::StreamEnd& end, const std::string& shown, Span timeout,
                              bool began) {
  switch (end.kind) {
    case host::StreamEndKind::kTimeout:
      return Late(end, shown, timeout, began);
    case host::StreamEndKind::kClosed:
      return Broken(end, shown, began);
    case host::StreamEndKind::kTls:
      return MakeObservation(
          State::kCritical, "TLS_FAILED",
          absl::StrCat("no TLS with ", shown, ": ",
                       end.key_mismatch ? "its private key does not belong to the "
                                          "certificate that it serves"
                                        : CleanText(end.words, 200)));
    case host::StreamEndKind::kTcp:
      break;
  }
  return Tcp(end, shown, began);
}

std::string DoubtWords(const std::vector<host::TlsDoubt>& doubts) {
  return absl::StrJoin(doubts, "; ", [](std::string* out, const host::TlsDoubt& doubt) {
    absl::StrAppend(out, doubt.words);
    if (doubt.depth > 0) absl::StrAppend(out, " (issuer ", doubt.depth, ")");
  });
}

}  // namespace faultline::checks
