// Judging a ruleset's text in tests: a host with one address on eth0.
#pragma once

#include <string>
#include <vector>

#include "agent/checks/firewall_judge.h"
#include "agent/checks/firewall_survey.h"

namespace faultline::checks {

inline FirewallQuestion Ask(const std::string& target,
                            const std::vector<std::string>& clients = {}) {
  FirewallQuestion question;
  question.target = ParseFirewallTarget(target).value();
  for (const std::string& client : clients) {
    question.clients.push_back(ParseAddressRange(client).value());
  }
  question.own_addresses = {*host::ParseIpAddress("10.0.2.10")};
  if (question.target.outgoing()) {
    question.own_addresses = {*host::ParseIpAddress("10.0.1.20")};
  }
  question.interfaces = {"eth0"};
  return question;
}

inline FirewallSurroundings Around(const std::string& target, bool clients = false) {
  FirewallSurroundings around;
  around.target = ParseFirewallTarget(target).value();
  around.target_text = target;
  around.clients_configured = clients;
  return around;
}

// The judgement of a first reading.
inline absl::StatusOr<Observation> JudgeText(const FirewallTexts& texts, const std::string& target,
                                             const std::vector<std::string>& clients = {}) {
  const auto survey = SurveyFirewall(texts, Ask(target, clients));
  if (!survey.ok()) return survey.status();
  FirewallHistory history;
  history.Add(*survey, WallTime{}, MonoTime{1});
  return JudgeFirewall(*survey, history, Around(target, !clients.empty()), MonoTime{1}).observation;
}

// An iptables-nft INPUT chain with these rules, in nft's words and without counters and handles.
inline std::string InputChain(const std::vector<std::string>& rules,
                              const std::string& policy = "accept") {
  std::string text =
      "table ip filter { # handle 1\n\tchain INPUT { # handle 1\n"
      "\t\ttype filter hook input priority 0; policy " +
      policy + ";\n";
  int handle = 2;
  for (const std::string& rule : rules) {
    text += "\t\t" + rule + " # handle " + std::to_string(handle++) + "\n";
  }
  return text + "\t}\n}\n";
}

}  // namespace faultline::checks
