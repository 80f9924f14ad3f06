#include "collector/operator/verify_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/operator/verify_checklist.h"

namespace faultline::operator_api {
namespace {

using Checks = std::vector<const model::CheckPicture*>;

bool HasRole(const model::HostPicture& host, const std::vector<std::string>& roles) {
  const std::vector<std::string> has = RolesIn(host.identity.role);
  return std::find_first_of(has.begin(), has.end(), roles.begin(), roles.end()) != has.end();
}

std::vector<const model::HostPicture*> HostsOf(const model::Hosts& hosts, const StackId& stack,
                                               const std::vector<std::string>& roles) {
  std::vector<const model::HostPicture*> found;
  for (const auto& [id, host] : hosts) {
    if (id.stack == stack && HasRole(*host, roles)) found.push_back(host.get());
  }
  return found;
}

Checks ChecksFor(const ChecklistItem& item, const model::HostPicture& host) {
  Checks found;
  for (const auto& [id, check] : host.checks) {
    if (item.takes(check)) found.push_back(&check);
  }
  if (!item.only_shortest_target || found.empty()) return found;
  return {*std::min_element(found.begin(), found.end(), [](const auto* a, const auto* b) {
    // The page that is known to tell how the application is, where there are several sites.
    return std::make_tuple(!a->expected.contains("body"), a->id.target.size()) <
           std::make_tuple(!b->expected.contains("body"), b->id.target.size());
  })};
}

// Whether a host that needs what this check aims at has reached it.
bool IsReachedByItsUsers(const model::Hosts& hosts, const StackId& stack,
                         const model::CheckPicture& aimed) {
  for (const model::HostPicture* host : HostsOf(hosts, stack, {"app"})) {
    if (host->link != model::LinkState::kConnected) continue;
    for (const auto& [id, check] : host->checks) {
      if (id.kind == "port" && check.state == State::kOk &&
          check.remote_address == aimed.remote_address && check.remote_port == aimed.remote_port) {
        return true;
      }
    }
  }
  return false;
}

class RowMaker {
 public:
  RowMaker(const model::Hosts& hosts, const StackId& stack, WallTime since)
      : hosts_(hosts),
        stack_(stack),
        since_(since),
        has_application_(!HostsOf(hosts, stack, {"app"}).empty()) {}

  void Add(const ChecklistItem& item, std::vector<VerifyRow>* rows) const {
    const auto vantages = HostsOf(hosts_, stack_, item.roles);
    if (vantages.empty()) {
      const std::string roles = absl::StrJoin(item.roles, " or ");
      VerifyRow row = Begin(item, "");
      if (!has_application_) row.state = RowState::kNotApplicable;
      row.seen = absl::StrCat("no host of role ", roles, " has joined ", stack_.ToString(),
                              "; to let one in: faultline token create --role ", item.roles.back(),
                              " --stack ", stack_.stack,
                              stack_.env.empty() ? "" : absl::StrCat(" --env ", stack_.env));
      rows->push_back(std::move(row));
    }
    for (const model::HostPicture* host : vantages) {
      const Checks checks = ChecksFor(item, *host);
      if (checks.empty()) {
        rows->push_back(WithoutCheck(item, *host));
      }
      for (const model::CheckPicture* check : checks) rows->push_back(Judge(item, *host, *check));
    }
  }

 private:
  static VerifyRow Begin(const ChecklistItem& item, const std::string& host) {
    VerifyRow row;
    row.name = item.name;
    row.command = item.command({});
    row.host = host;
    row.expected = item.expected;
    return row;
  }

  // A host of the row's role that does not watch it: on purpose, or by oversight?
  static VerifyRow WithoutCheck(const ChecklistItem& item, const model::HostPicture& host) {
    VerifyRow row = Begin(item, host.identity.id.host);
    constexpr char kNone[] = "this host has no such check: ";
    // Not since the collector's own start, nor what it watched before.
    if (!host.absent.has_value() && host.link != model::LinkState::kConnected) {
      row.state = RowState::kStale;
      row.seen = "its agent is silent; whether it has this check is not known until it is back";
      return row;
    }
    if (!host.absent.has_value()) {
      row.seen = absl::StrCat(kNone, item.how_to_get);
      return row;
    }
    const auto absent =
        std::find_if(host.absent->begin(), host.absent->end(), [&](const auto& each) {
          return absl::StrCat(each.kind, ":", each.target) == item.brought;
        });
    if (absent == host.absent->end()) {
      row.seen = absl::StrCat(kNone, "its agent.yaml does not have the role; write role: ",
                              host.identity.role, " there");
    } else if (absent->why == model::AbsentCheck::Why::kUnknownFact) {
      row.seen = absl::StrCat(kNone, absent->detail, " into its agent.yaml");
    } else {
      row.state = RowState::kNotApplicable;
      row.seen = absent->detail;
    }
    return row;
  }

  VerifyRow Judge(const ChecklistItem& item, const model::HostPicture& host,
                  const model::CheckPicture& check) const {
    VerifyRow row = Begin(item, host.identity.id.host);
    row.command = item.command(check.id.target);
    if (item.configured != nullptr) {
      if (std::string expected = item.configured(check); !expected.empty()) {
        row.expected = std::move(expected);
      }
    }
    row.check = check.id.ToString();
    row.observed = check.observed;
    const bool connected = host.link == model::LinkState::kConnected;
    const bool looked = check.state != State::kUnspecified;
    // The two clocks agree up to this.
    if (!connected || !looked || check.observed + host.clock_uncertainty < since_) {
      row.state = RowState::kStale;
      row.answer_due = connected;
      row.seen = absl::StrCat(connected ? "has not answered" : "its agent is silent",
                              looked ? "; before: " : "", looked ? Words(check) : "");
      return row;
    }
    const bool nothing_there = item.nothing_there != nullptr && check.reason == item.nothing_there;
    Finding finding = nothing_there ? Finding{RowState::kNotApplicable, Words(check)}
                      : check.state == State::kUnknown
                          ? Finding{RowState::kNotChecked, Words(check)}
                          : item.judge(check, host);
    if (item.closed && finding.state == RowState::kPass && !has_application_) {
      finding = {RowState::kNotApplicable,
                 absl::StrCat("no proof: this stack has no host of role app that should reach it; ",
                              finding.seen)};
    } else if (item.closed && finding.state == RowState::kPass &&
               !IsReachedByItsUsers(hosts_, stack_, check)) {
      finding = {
          RowState::kNotChecked,
          absl::StrCat("no proof: no host of role app reaches it now either; ", finding.seen)};
    }
    row.state = finding.state;
    row.seen = std::move(finding.seen);
    return row;
  }

  const model::Hosts& hosts_;
  const StackId& stack_;
  const WallTime since_;
  // Without one it is not the runbook's stack, and what nobody of it can prove is not asked of it.
  const bool has_application_;
};

}  // namespace

std::vector<VerifyRow> VerifyRows(const model::Hosts& hosts, const StackId& stack, WallTime since) {
  std::vector<VerifyRow> rows;
  const RowMaker maker(hosts, stack, since);
  for (const ChecklistItem& item : Checklist()) maker.Add(item, &rows);
  return rows;
}

std::vector<std::string> VerifyNotes(const model::Hosts& hosts, const StackId& stack) {
  std::vector<std::string> notes;
  const bool has_app = !HostsOf(hosts, stack, {"app"}).empty();
  if (has_app && HostsOf(hosts, stack, {"outside"}).empty()) {
    notes.push_back(
        "No host of role outside: the site was asked on its own host only, so a security group or "
        "DNS record that keeps the world out would not show.");
  }
  return notes;
}

}  // namespace faultline::operator_api
