// The stack of the runbook and what can befall it, for messages.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/incidents/message.h"

namespace faultline::incidents {

// 2026-11-22 03:14:07.412 UTC.
inline constexpr WallTime kBegan{1795317247'412'000'000};

// Hosts app-1 and db-1, all well; then what a test changes.
class Story {
 public:
  Story() {
    AddHost("db-1", "10.0.2.10", "i-0abc");
    AddHost("app-1", "10.0.1.20", "i-0def");
    See("db-1", {"unit", "mysql.service", ""}, "database", State::kOk, "",
        "mysql.service is active");
    See("db-1", {"listener", "3306", ""}, "database", State::kOk, "", "listening on 0.0.0.0:3306");
    Check("db-1", {"listener", "3306", ""}).unit = "mysql.service";
    SeePort("app-1", State::kOk, "", "10.0.2.10:3306 answers");
  }

  void AddHost(const std::string& name, const std::string& address, const std::string& instance) {
    model::HostPicture host;
    host.identity.id = {stack_, name};
    host.link = model::LinkState::kConnected;
    host.link_since = kBegan - Span::Seconds(86400);
    host.addresses = {address};
    host.instance_id = instance;
    host.region = instance.empty() ? "" : "us-east-1";
    hosts_.insert_or_assign(host.identity.id, host);
  }
  model::HostPicture& Host(const std::string& name) { return hosts_.at({stack_, name}); }
  model::CheckPicture& Check(const std::string& host, const CheckId& id) {
    return Host(host).checks[id];
  }
  model::CheckPicture& See(const std::string& host, const CheckId& id, const std::string& subject,
                           State state, const std::string& reason, const std::string& detail,
                           std::vector<std::string> evidence = {}) {
    model::CheckPicture& check = Check(host, id);
    check.id = id;
    check.subject = subject;
    check.state = state;
    check.reason = reason;
    check.detail = detail;
    check.since = check.observed = kBegan;
    check.evidence.clear();
    for (std::string& text : evidence) check.evidence.push_back({std::move(text), {}});
    return check;
  }
  void SeePort(const std::string& host, State state, const std::string& reason,
               const std::string& detail, std::vector<std::string> evidence = {}) {
    model::CheckPicture& check = See(host, {"port", "10.0.2.10:3306", ""}, "database", state,
                                     reason, detail, std::move(evidence));
    check.remote_address = "10.0.2.10";
    check.remote_port = 3306;
  }

  // An alert fires for what the picture says of this check; the first one leads.
  rules::Alert& Fire(const std::string& host, const CheckId& id,
                     rules::Severity severity = rules::Severity::kCritical) {
    const model::CheckPicture& check = Check(host, id);
    rules::Alert alert;
    alert.id = "shop-prod/" + host + "/" + id.ToString() + "/Rule";
    alert.host = {stack_, host};
    alert.check = id;
    alert.subject = check.subject;
    alert.severity = severity;
    alert.state = rules::AlertState::kFiring;
    alert.reason = check.reason;
    alert.detail = check.detail;
    alert.since = check.since;
    alert.fired_at = check.since + Span::Millis(20);
    incident_.alerts.push_back(alert);
    incident_.subject = check.subject;
    incident_.severity = severity;
    incident_.host = incident_.alerts.front().host.host;
    incident_.reason = incident_.alerts.front().reason;
    incident_.lead_alert = incident_.alerts.front().id;
    return incident_.alerts.back();
  }
  // All alerts end now that their checks say what the picture says.
  void Resolve(Span after) {
    incident_.state = IncidentState::kResolved;
    incident_.resolved_at = kBegan + after;
    for (rules::Alert& alert : incident_.alerts) {
      alert.state = rules::AlertState::kResolved;
      alert.resolved_at = incident_.resolved_at;
      alert.detail = Check(alert.host.host, alert.check).detail;
    }
  }

  Incident& incident() { return incident_; }
  model::Hosts hosts() const {
    model::Hosts hosts;
    for (const auto& [id, host] : hosts_) {
      hosts[id] = std::make_shared<const model::HostPicture>(host);
    }
    return hosts;
  }
  std::string Message(const MessageOptions& options = {"Europe/Berlin",
                                                       "https://faultline.example"}) const {
    return RenderMessage(incident_, hosts(), options);
  }
  std::string Title() const { return RenderTitle(incident_, hosts()); }

 private:
  const StackId stack_{"shop", "prod"};
  std::map<HostId, model::HostPicture> hosts_;
  Incident incident_ = {
      .id = 42, .stack = stack_, .since = kBegan, .opened_at = kBegan + Span::Millis(30)};
};

}  // namespace faultline::incidents
