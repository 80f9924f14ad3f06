#include "agent/checks/firewall_survey.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/firewall_flags.h"
#include "agent/checks/firewall_legacy.h"
#include "agent/checks/firewall_notation.h"
#include "agent/checks/firewall_ruleset.h"
#include "agent/checks/firewall_walk.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxFindings = 64;
constexpr size_t kMaxNamed = 4;  // clients, one by one
// What systems choose from (ip_local_port_range is within).
constexpr NumberRange kClientPorts = {1024, 65535};

class Surveyor {
 public:
  Surveyor(const FirewallRuleset& ruleset, const FirewallQuestion& question, FirewallSurvey* out)
      : question_(question), walk_(ruleset), out_(*out) {}

  void Survey() {
    if (question_.target.outgoing()) {
      for (const host::IpAddress& remote : question_.target.remotes) {
        Converse(remote.family, OwnAddresses(remote.family), {{remote, remote}},
                 /*incoming=*/false);
        remote_bit_ <<= 1;
      }
    } else if (question_.clients.empty()) {
      for (const int family : {AF_INET, AF_INET6}) {
        Converse(family, {}, OwnAddresses(family), /*incoming=*/true);
      }
    } else {
      for (const AddressRange& client : question_.clients) {
        Converse(client.low.family, {client}, OwnAddresses(client.low.family), /*incoming=*/true);
      }
    }
    out_.exhausted = walk_.exhausted();
    std::stable_sort(
        out_.findings.begin(), out_.findings.end(),
        [](const FirewallFinding& a, const FirewallFinding& b) { return a.sure() && !b.sure(); });
    if (out_.findings.size() > kMaxFindings) out_.findings.resize(kMaxFindings);
  }

 private:
  std::vector<AddressRange> OwnAddresses(int family) const {
    std::vector<AddressRange> own;
    for (const host::IpAddress& address : question_.own_addresses) {
      if (address.family == family) own.push_back({address, address});
    }
    return own;
  }

  // A client's SYN, the server's answer, and what the client sends then.
  void Converse(int family, std::vector<AddressRange> client, std::vector<AddressRange> server,
                bool incoming) {
    gate_.reset();
    FirewallPacket request;
    request.family = family;
    request.source = client;
    request.destination = server;
    request.from_this_host = !incoming;
    request.to_this_host = incoming;
    request.source_port = kClientPorts;
    request.destination_port = {question_.target.port, question_.target.port};
    request.flags = kTcpSyn;
    request.interfaces = Interfaces(family, server, incoming);

    FirewallPacket opening = request;
    if (!Send(&opening, incoming)) return;

    // Who may be stopped later is one who came so far.
    if (incoming) request.source = opening.source;
    FirewallPacket answer = request;
    answer.source = server;
    answer.destination = request.source;
    std::swap(answer.from_this_host, answer.to_this_host);
    answer.source_port = opening.destination_port;
    answer.destination_port = kClientPorts;
    answer.reply = true;
    answer.state = After(opening);
    answer.flags = kTcpSyn | kTcpAck;
    answer.translated = opening.translated;
    if (!Send(&answer, !incoming)) return;

    FirewallPacket later = request;
    later.state = After(opening);
    later.flags = kTcpAck;
    later.destination = opening.destination;
    later.to_this_host = opening.to_this_host;
    later.destination_port = opening.destination_port;
    later.translated = opening.translated;
    if (!Send(&later, incoming)) return;
    if (gate_.has_value()) gate_->opens = WordsOf(later.source);
    (family == AF_INET6 ? out_.gate6 : out_.gate4) = gate_;
  }

  static std::vector<std::string> WordsOf(const std::vector<AddressRange>& clients) {
    std::vector<std::string> words;
    for (const AddressRange& client : clients) words.push_back(AddressRangeText(client));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    if (words.size() > kMaxNamed) words.clear();
    return words;
  }

  static ConnectionState After(const FirewallPacket& opening) {
    return opening.state == ConnectionState::kNew ? ConnectionState::kEstablished : opening.state;
  }

  std::vector<std::string> Interfaces(int family, const std::vector<AddressRange>& server,
                                      bool incoming) const {
    if (!incoming && server[0].low.is_loopback()) return {"lo"};
    // The routes that were looked at are IPv4's.
    return family == AF_INET ? question_.interfaces : std::vector<std::string>();
  }

  // False when it surely does not arrive.
  bool Send(FirewallPacket* packet, bool coming_in) {
    bool passed = true;
    if (coming_in) {
      const bool was_ours = packet->to_this_host;
      passed = walk_.Pass("ingress", packet) && walk_.Pass("prerouting", packet);
      if (passed && was_ours && !packet->to_this_host) {
        passed = walk_.Pass("forward", packet) && walk_.Pass("postrouting", packet);
      } else if (passed) {
        passed = walk_.Pass("input", packet);
      }
    } else {
      passed = walk_.Pass("output", packet) && walk_.Pass("postrouting", packet);
    }
    for (const FirewallHit& hit : walk_.hits()) Add(hit, *packet);
    walk_.ClearHits();
    return passed;
  }

  void Add(const FirewallHit& hit, const FirewallPacket& packet) {
    FirewallFinding finding;
    finding.kind = static_cast<FirewallFinding::Kind>(hit.kind);
    finding.way = packet.reply ? FirewallFinding::Way::kAnswers : FirewallFinding::Way::kRequests;
    (packet.family == AF_INET6 ? finding.ipv6 : finding.ipv4) = true;
    finding.doubts = hit.doubts;
    finding.escapes = hit.escapes;
    if (question_.target.outgoing()) finding.stopped = remote_bit_;
    finding.names_port = hit.names_port;
    finding.lists_sources = hit.lists_sources;
    finding.packets = hit.packets;
    finding.table = hit.table->handle;
    finding.handle = hit.rule == nullptr ? hit.chain->handle : hit.rule->handle;
    FirewallDescription words = DescribeHit(hit, question_.target.port, packet.reply);
    finding.place = std::move(words.place);
    finding.quote = std::move(words.quote);
    finding.remedy = std::move(words.remedy);
    if (hit.escape != nullptr) finding.escape = std::string(hit.escape->text.substr(0, 160));
    NoteGate(hit, finding);
    for (FirewallFinding& known : out_.findings) {
      if (known.place != finding.place || known.quote != finding.quote) continue;
      if (known.sure() && !finding.sure()) return;
      if (known.sure() == finding.sure()) {
        known.ipv4 = known.ipv4 || finding.ipv4;
        known.ipv6 = known.ipv6 || finding.ipv6;
        known.stopped |= finding.stopped;
        return;
      }
      known = std::move(finding);
      return;
    }
    if (out_.findings.size() < 4 * kMaxFindings || finding.sure()) {
      out_.findings.push_back(std::move(finding));
    }
  }

  // The first one is named.
  void NoteGate(const FirewallHit& hit, const FirewallFinding& finding) {
    constexpr uint32_t kOfClients = kSomeSources | kSomeInterfaces;
    const bool ends_the_rest = hit.doubts == kSure && (hit.escapes & kOfClients) != 0;
    // A list of those who may not come leaves all others.
    const bool ends_some = hit.doubts == kSomeSources && hit.escapes == kSure;
    if (gate_.has_value() || !question_.clients.empty() || question_.target.outgoing()) return;
    if (!ends_the_rest && !ends_some) return;
    gate_ =
        FirewallGate{.place = hit.rule == nullptr ? finding.place
                                                  : absl::StrCat(finding.place, " ", finding.quote),
                     .rejects = hit.kind == FirewallHit::Kind::kReject,
                     .ends_the_rest = ends_the_rest};
  }

  const FirewallQuestion& question_;
  FirewallWalk walk_;
  FirewallSurvey& out_;
  uint32_t remote_bit_ = 1;           // of the remote that is asked about
  std::optional<FirewallGate> gate_;  // of the conversation under way
};

void MarkTables(const FirewallRuleset& ruleset, FirewallSurvey* out) {
  out->rules = ruleset.rules;
  for (const FirewallTable& table : ruleset.tables) {
    if (table.legacy) continue;
    FirewallSurvey::TableMark mark{table.handle, 0};
    for (const auto& [name, chain] : table.chains) {
      for (const FirewallRule& rule : chain.rules)
        mark.highest = std::max(mark.highest, rule.handle);
      if (chain.drops_by_policy)
        out->dropping_chains.push_back(PolicyKey(table.handle, chain.handle));
    }
    out->tables.push_back(mark);
  }
}

}  // namespace

absl::StatusOr<FirewallTarget> ParseFirewallTarget(const std::string& text) {
  FirewallTarget target;
  uint32_t port = 0;
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && absl::SimpleAtoi(text, &port) && port > 0 && port <= 65535) {
    target.port = static_cast<uint16_t>(port);
    return target;
  }
  const absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(text);
  if (!endpoint.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text,
                     "\" is neither a port nor a host with one; write 3306 for what comes in, "
                     "10.0.2.10:3306, db.internal:3306 or [2001:db8::1]:3306 for what goes out"));
  }
  target.host = endpoint->host;
  target.port = endpoint->port;
  if (const auto numeric = host::ParseIpAddress(target.host)) target.remotes = {*numeric};
  return target;
}

uint64_t PolicyKey(uint64_t table, uint64_t chain) { return (table << 32) ^ chain; }

absl::StatusOr<FirewallSurvey> SurveyFirewall(const FirewallTexts& texts,
                                              const FirewallQuestion& question) {
  FirewallRuleset ruleset;
  // What the rules point into.
  const std::string legacy = absl::StrCat(LegacyAsRuleset(texts.legacy4, /*six=*/false),
                                          LegacyAsRuleset(texts.legacy6, /*six=*/true));
  for (const std::string* text : {&texts.nft, &legacy}) {
    if (absl::Status parsed = ParseRuleset(*text, &ruleset); !parsed.ok()) return parsed;
  }
  FirewallSurvey survey;
  MarkTables(ruleset, &survey);
  Surveyor(ruleset, question, &survey).Survey();
  return survey;
}

}  // namespace faultline::checks
