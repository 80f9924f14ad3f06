#include "agent/checks/mysql_silence.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace faultline::checks {
namespace {

// Nullptr where nobody could look.
const Observation* Seen(const MySqlWay& way) {
  return way.door.has_value() && way.door->state != State::kUnknown ? &*way.door : nullptr;
}

// One answer among lost ones is an answer.
bool TakesConnections(const Observation& door) {
  return door.state == State::kOk || door.reason == "PACKET_LOSS";
}

std::string Told(const Observation& door) {
  return absl::StrCat("a new connection tried at the same time: ", door.detail);
}

}  // namespace

MySqlSilence MeaningOfSilence(const host::MySqlFailure& failure, const MySqlWay& way,
                              const MySqlAsked& asked) {
  MySqlMeaning hung = MeaningOf(failure, asked);
  if (way.is_local) return {.meaning = hung, .fact = ""};
  const std::string quiet =
      absl::StrCat("went quiet: ", way.on_open_login ? "the open login" : "a new login",
                   " got no answer for ", FormatSpan(asked.timeout));
  const bool lost = way.acknowledged == false;
  const Observation* const door = Seen(way);
  if (door != nullptr && !TakesConnections(*door)) {
    MySqlMeaning cut{State::kCritical, door->reason, MySqlPace::kEachLook, ""};
    cut.detail = absl::StrCat(quiet, door->reason == "TIMEOUT"
                                         ? ", and new connections do not come through"
                                         : ", and a new connection does not come about");
    return {.meaning = std::move(cut), .fact = Told(*door)};
  }
  if (lost) {
    // A login may reach the server and break there: no more of them than of a hung one's.
    MySqlMeaning cut{State::kCritical, "TIMEOUT", MySqlPace::kSoon, ""};
    cut.detail = absl::StrCat(
        quiet, door == nullptr
                   ? ", and nothing that it sent is acknowledged: the path is cut, or the host gone"
                   : ", and what it sent is not acknowledged, though new connections are: the path "
                     "loses packets of open connections, or large ones (a firewall, an MTU)");
    return {.meaning = std::move(cut), .fact = door == nullptr ? "" : Told(*door)};
  }
  if (door == nullptr && way.acknowledged != true && way.on_open_login) {
    return {.meaning = {State::kCritical, "TIMEOUT", MySqlPace::kSoon, quiet}, .fact = ""};
  }
  return {.meaning = hung, .fact = door == nullptr ? "" : Told(*door)};
}

MySqlSilence MeaningOfRefusal(const host::MySqlFailure& failure, const MySqlWay& way,
                              const MySqlAsked& asked) {
  MySqlMeaning refused = MeaningOf(failure, asked);
  const Observation* const door = Seen(way);
  if (door == nullptr) return {.meaning = std::move(refused), .fact = ""};
  if (TakesConnections(*door)) {
    refused.detail = "took no connection a moment ago, and takes connections again";
    return {.meaning = std::move(refused), .fact = ""};
  }
  refused.reason = door->reason;
  // "10.0.2.10:3306 refused the connection" -> the words after the server's name, where it leads.
  const std::string lead = absl::StrCat(asked.server, " ");
  refused.detail = absl::StartsWith(door->detail, lead)
                       ? std::string(absl::StripPrefix(door->detail, lead))
                       : absl::StrCat("takes no connection: ", door->detail);
  return {.meaning = std::move(refused), .fact = ""};
}

std::vector<ReasonDeclaration> MySqlPathReasons() {
  return {
      {"RESET", "CRITICAL: the port resets connections."},
      {"HOST_UNREACHABLE", "CRITICAL: ICMP, or nobody on the link has the address."},
      {"NET_UNREACHABLE", "CRITICAL: no route, here or on the way."},
      {"ADMIN_PROHIBITED", "CRITICAL: a firewall or a route says that it is prohibited."},
  };
}

}  // namespace faultline::checks
