#include "agent/checks/firewall_judge.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/checks/moment_words.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

using FindingKind = FirewallFinding::Kind;

// What one finding means by itself.
struct Opinion {
  State state = State::kOk;
  std::string reason;
  std::string note;    // behind the rule: why this state
  bool quote = false;  // worth a line of evidence also when OK
};

std::string ReasonOf(FindingKind kind) {
  switch (kind) {
    case FindingKind::kReject:
      return "REJECT_RULE";
    case FindingKind::kPolicy:
      return "POLICY_DROP";
    case FindingKind::kDrop:
    case FindingKind::kQueue:
      break;
  }
  return "DROP_RULE";
}

std::string Doubtful(uint32_t doubts) {
  if ((doubts & kByChance) != 0) return "drops by chance";
  if ((doubts & kAboveRate) != 0) return "depends on a rate";
  if ((doubts & kSomeSources) != 0) return "only for some sources";
  return "only on some interfaces";
}

Opinion Undecided(const FirewallFinding& finding, std::optional<bool> moves) {
  const std::string what =
      !finding.escape.empty() && (finding.doubts & kNotUnderstood) == 0
          ? absl::StrCat("unless \"", CleanText(finding.escape, 120), "\" lets it through")
      : finding.kind == FindingKind::kQueue ? "hands packets to a program, which decides"
                                            : "has a match that Faultline does not understand";
  if (moves == true && finding.names_port && finding.kind != FindingKind::kQueue) {
    return {State::kCritical, ReasonOf(finding.kind), "its counter moves", true};
  }
  // A rule for all traffic whose counter stands does no harm.
  if (moves == false && !finding.names_port) return {State::kOk, "", what, true};
  if (!moves.has_value() && finding.packets.has_value() && !finding.names_port) {
    return {State::kOk, "", absl::StrCat(what, "; its counter is being watched"), true};
  }
  return {State::kUnknown, "UNDECIDED_RULE", what, true};
}

Opinion Partial(const FirewallFinding& finding, uint32_t doubts, std::optional<bool> moves) {
  if ((doubts & kByChance) != 0) return {State::kWarning, "PARTIAL_DROP", Doubtful(doubts), true};
  if (moves == true) {
    return {State::kWarning, "PARTIAL_DROP",
            absl::StrCat(Doubtful(doubts), ", and its counter moves"), true};
  }
  // Without a counter nobody can tell; where it is about all traffic it is a flood guard.
  const bool counted = finding.packets.has_value();
  if (counted || !finding.names_port) return {State::kOk, "", Doubtful(doubts), true};
  return {State::kWarning, "PARTIAL_DROP",
          absl::StrCat(Doubtful(doubts), ", and it has no counter"), true};
}

Opinion Think(const FirewallFinding& finding, std::optional<bool> moves,
              const FirewallSurroundings& around) {
  const uint32_t doubts = finding.doubts | finding.escapes;
  if (finding.sure()) return {State::kCritical, ReasonOf(finding.kind), "", true};
  if ((doubts & kNotUnderstood) != 0) return Undecided(finding, moves);
  if ((doubts & (kByChance | kAboveRate)) != 0) return Partial(finding, doubts, moves);
  if (around.clients_configured && (doubts & kSomeSources) != 0) {
    return {State::kWarning, ReasonOf(finding.kind), "for some of the configured clients", true};
  }
  // An earlier rule lets some in: those are meant to come, and this is the rest.
  if (finding.escapes != kSure) return {};
  const bool listed = finding.lists_sources || finding.kind == FindingKind::kPolicy;
  const bool about_us = finding.names_port || (doubts & kSomeSources) != 0;
  if (listed || !about_us) return {State::kOk, "", Doubtful(doubts), finding.names_port};
  return {State::kWarning, ReasonOf(finding.kind), Doubtful(doubts), true};
}

std::string Describe(const FirewallFinding& finding, const Opinion& opinion,
                     std::optional<WallTime> added, const FirewallSurroundings& around) {
  std::string text = finding.place;
  if (finding.kind == FindingKind::kPolicy) {
    const std::string port = absl::StrCat("port ", around.target.port);
    absl::StrAppend(&text, " is DROP and no rule accepts ",
                    around.target.outgoing() ? around.target_text : port);
  } else {
    absl::StrAppend(&text, " ", finding.quote);
  }
  const bool answers = finding.way == FirewallFinding::Way::kAnswers;
  if (answers) absl::StrAppend(&text, " (stops the answers)");
  if (added.has_value()) {
    absl::StrAppend(&text, ", ", finding.kind == FindingKind::kPolicy ? "set " : "added ",
                    MomentWords(*added, around.now));
  }
  if (finding.packets.has_value()) {
    absl::StrAppend(&text, ", ", *finding.packets, *finding.packets == 1 ? " packet " : " packets ",
                    finding.kind == FindingKind::kReject ? "rejected" : "dropped");
  }
  if (!opinion.note.empty()) absl::StrAppend(&text, "; ", opinion.note);
  return text;
}

uint32_t AllOf(const FirewallTarget& target) {
  return static_cast<uint32_t>((uint64_t{1} << target.remotes.size()) - 1);
}

// Bits of the remotes that no packet reaches, by whatever rule.
uint32_t SurelyStopped(const FirewallSurvey& survey) {
  uint32_t stopped = 0;
  for (const FirewallFinding& finding : survey.findings) {
    if (finding.sure()) stopped |= finding.stopped;
  }
  return stopped;
}

std::string StoppedOf(const FirewallFinding& finding, const FirewallSurroundings& around) {
  std::vector<std::string> addresses;
  for (size_t i = 0; i < around.target.remotes.size(); ++i) {
    if ((finding.stopped >> i & 1) != 0) addresses.push_back(around.target.remotes[i].ToString());
  }
  return absl::StrJoin(addresses, ", ");
}

// Nothing is known to be wrong. That nobody is stopped is said only where it is known of everybody.
std::string WellWords(const FirewallSurvey& survey, const FirewallSurroundings& around) {
  if (around.target.outgoing()) {
    return absl::StrCat("nothing in the packet filter stops ", around.target_text);
  }
  const std::string port = absl::StrCat("port ", around.target.port);
  const std::optional<FirewallGate>& gate =
      survey.gate4.has_value() || !around.uses_ipv6 ? survey.gate4 : survey.gate6;
  if (!gate.has_value())
    return absl::StrCat("nothing in the packet filter stops clients of ", port);
  const std::string verb = gate->rejects ? " rejects " : " drops ";
  const std::string open = !gate->opens.empty()  ? absl::StrJoin(gate->opens, ", ") + " only"
                           : gate->ends_the_rest ? "some only"
                                                 : "all but some sources";
  return absl::StrCat("the packet filter opens ", port, " to ", open, ": ", gate->place, verb,
                      gate->ends_the_rest ? "all others" : "those sources",
                      "; whether your clients may come is not known: write clients: with their "
                      "addresses in this check");
}

}  // namespace

FirewallJudgement JudgeFirewall(const FirewallSurvey& survey, const FirewallHistory& history,
                                const FirewallSurroundings& around, MonoTime now) {
  struct Weighed {
    const FirewallFinding* finding;
    Opinion opinion;
  };
  std::vector<Weighed> all;
  const uint32_t stopped = SurelyStopped(survey);
  for (const FirewallFinding& finding : survey.findings) {
    Opinion opinion = Think(finding, history.Moves(finding, now), around);
    // A name of several addresses: who is stopped at one reaches another.
    if (opinion.state == State::kCritical && around.target.remotes.size() > 1 &&
        stopped != AllOf(around.target)) {
      opinion.state = State::kWarning;
      opinion.note = absl::StrCat("of ", around.target.host, " only ", StoppedOf(finding, around));
    }
    // Blocked by IPv6 only: who uses it?
    if (finding.ipv6 && !finding.ipv4 && !around.clients_configured && !around.target.outgoing() &&
        opinion.state != State::kOk) {
      opinion.state = around.uses_ipv6 ? State::kWarning : State::kOk;
      opinion.note = around.uses_ipv6 ? "IPv6 only" : "IPv6 only, which this host does not use";
      if (!around.uses_ipv6) opinion.reason.clear();
    }
    if (opinion.quote) all.push_back({&finding, std::move(opinion)});
  }
  std::stable_sort(all.begin(), all.end(), [](const Weighed& a, const Weighed& b) {
    return Badness(a.opinion.state) > Badness(b.opinion.state);
  });

  FirewallJudgement out;
  Observation& seen = out.observation;
  seen.state = State::kOk;
  const bool undecided_depth =
      survey.exhausted && (all.empty() || all[0].opinion.state == State::kOk);
  if (undecided_depth) {
    seen.state = State::kUnknown;
    seen.reason = "UNDECIDED_RULE";
    seen.detail =
        "the ruleset has more jumps than can be followed; look with `sudo nft list ruleset`";
  } else if (!all.empty() && all[0].opinion.state != State::kOk) {
    const auto& [worst, opinion] = all[0];
    const std::optional<WallTime> added = history.AddedAt(*worst);
    seen.state = opinion.state;
    seen.reason = opinion.reason;
    seen.detail = Describe(*worst, opinion, added, around);
    seen.since = added.value_or(WallTime{});
    seen.evidence.push_back({absl::StrCat("to remove it: ", worst->remedy), {}});
    if (worst->kind == FindingKind::kPolicy) {
      seen.evidence.back().text = absl::StrCat("to let it through: ", worst->remedy);
    }
    if (added.has_value() && !around.changed_by.empty()) {
      seen.evidence.push_back(
          {absl::StrCat("the ruleset was last changed by ", around.changed_by), *added});
    }
    if (worst->packets.has_value()) {
      seen.gauges.push_back({"firewall_dropped_packets", static_cast<double>(*worst->packets)});
    }
  } else {
    seen.detail = WellWords(survey, around);
  }
  const size_t first = seen.state == State::kOk || undecided_depth ? 0 : 1;
  for (size_t i = first; i < all.size() && seen.evidence.size() < kMaxEvidence; ++i) {
    const FirewallFinding& finding = *all[i].finding;
    seen.evidence.push_back({absl::StrCat("also: ", Describe(finding, all[i].opinion,
                                                             history.AddedAt(finding), around)),
                             {}});
  }
  seen.gauges.push_back({"firewall_rules", static_cast<double>(survey.rules)});
  out.suspicious = std::any_of(all.begin(), all.end(), [](const Weighed& weighed) {
    return weighed.finding->packets.has_value() || weighed.opinion.state != State::kOk;
  });
  return out;
}

}  // namespace faultline::checks
