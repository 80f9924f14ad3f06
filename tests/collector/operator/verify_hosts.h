// The shop's hosts with all that the testing checklist asks of them, and how its rows read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/operator/verify_rows.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::operator_api {

using namespace fakes;

inline const WallTime kAsked = kStopped + Span::Seconds(30);
inline constexpr double kNow = 1795317287;  // of the look, ten seconds later
inline const HostId kCollector{kShop, "collector-1"};
inline const HostId kOutside{kShop, "outside-1"};

inline const CheckId kPage{"http", "https://app.example.com/", ""};
inline const CheckId kPlainPage{"http", "http://app.example.com/", ""};
inline const CheckId kDbPage{"http", "https://app.example.com/db-check", ""};
inline const CheckId kLogin{"mysql", "10.0.2.10:3306", ""};
inline const CheckId kAppLog{"log", "flask-app.service", ""};
inline const CheckId kAccessLog{"log", "/var/log/nginx/flask_access.log", ""};
inline const CheckId kBootstrap{"bootstrap", "cloud-init", ""};
inline const CheckId kExposure{"exposure", "10.0.2.10:3306", ""};

using Gauges = std::vector<model::GaugeValue>;

inline model::CheckPicture Well(const CheckId& id, const char* subject, const char* detail,
                                Gauges gauges = {}) {
  model::CheckPicture check = OkCheck(id, subject);
  check.detail = detail;
  check.gauges = std::move(gauges);
  if (id.kind == "port" || id.kind == "exposure") {
    check.remote_address = "10.0.2.10";
    check.remote_port = 3306;
  }
  return check;
}

inline void Put(model::HostPicture* host, std::vector<model::CheckPicture> checks) {
  for (model::CheckPicture& check : checks) host->checks[check.id] = check;
}

inline std::vector<model::CheckPicture> SitePages() {
  return {
      Well(kPage, "site", "answers 200 OK",
           {{"http_status_code", 200}, {"http_tls_verified", 1}, {"http_body_matches", 1}}),
      Well(kPlainPage, "site", "answers 301, a redirect to HTTPS", {{"http_status_code", 301}})};
}

inline model::CheckPicture Booted() {
  return Well(kBootstrap, "", "cloud-init ended well", {{"bootstrap_finished", 1}});
}

// The stack as its roles bring it, with everything well.
inline std::map<HostId, model::HostPicture> AllWellHosts() {
  std::map<HostId, model::HostPicture> hosts;
  model::HostPicture& app = hosts[kApp] = AppHost();
  Put(&app, SitePages());
  Put(&app,
      {Well(kDbPage, "database", "answers 200 OK", {{"http_status_code", 200}}),
       Well(kLogin, "database", "answers SELECT 1"),
       Well(kMysqlPort, "database", "10.0.2.10:3306 answers"),
       Well(kAppLog, "site", "no error lines"),
       Well({"log", "/var/log/nginx/error.log", ""}, "site", "no error lines"),
       Well(kAccessLog, "site", "no error lines", {{"log_last_line_timestamp_seconds", kNow - 4}}),
       Booted()});
  hosts[kDb] = DbHost();
  Put(&hosts[kDb], {Booted()});
  hosts[kCollector] = ShopHost(kCollector, "collector", "10.0.1.30");
  Put(&hosts[kCollector],
      {Booted(), Well(kExposure, "exposure", "closed to this host: does not answer")});
  hosts[kOutside] = ShopHost(kOutside, "outside", "203.0.113.7");
  Put(&hosts[kOutside], SitePages());
  Put(&hosts[kOutside], {Well(kExposure, "exposure", "closed to this host: no route")});
  return hosts;
}

inline model::Hosts Published(const std::map<HostId, model::HostPicture>& hosts) {
  model::Hosts out;
  for (const auto& [id, host] : hosts) out[id] = std::make_shared<const model::HostPicture>(host);
  return out;
}

inline std::vector<VerifyRow> Rows(const std::map<HostId, model::HostPicture>& hosts) {
  return VerifyRows(Published(hosts), kShop, kAsked);
}

inline const char* Name(RowState state) {
  // clang-format off
  switch (state) {
    case RowState::kPass: return "pass";
    case RowState::kFail: return "fail";
    case RowState::kNotChecked: return "not checked";
    case RowState::kStale: return "stale";
    case RowState::kNotApplicable: return "n/a";
  }
  // clang-format on
  return "?";
}

// "fail: what was seen" of one row; "no row" when there is not exactly one.
inline std::string Row(const std::vector<VerifyRow>& rows, const std::string& name,
                       const std::string& host) {
  std::string found = "no row";
  for (const VerifyRow& row : rows) {
    if (row.name != name || row.host != host) continue;
    if (found != "no row") return "several rows";
    found = std::string(Name(row.state)) + ": " + row.seen;
  }
  return found;
}

}  // namespace faultline::operator_api
