// What is served: the page, the operator API, the live feed, /metrics, /healthz and /readyz.
//
//   GET /                      the page (also /incidents/ID), and its files
//   GET /api/v1/...            see proto/faultline/v1/operator.proto
//   GET /metrics               Prometheus text format 0.0.4
//   GET /healthz               200 while the process does its work, else 503 with the reasons
//   GET /readyz                200 when every part is ready, else 503 with the reasons
//
//   POST /api/v1/...           what changes something, see change_guard.h
//
// HEAD is allowed wherever GET is. Other methods are 405, other paths 404, foreign Host headers
// 421. What is large is compressed for clients that accept gzip.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/http/change_guard.h"
#include "collector/http/event_stream.h"
#include "collector/http/message.h"
#include "collector/http/page.h"
#include "collector/http/target.h"
#include "collector/metrics/metrics.h"
#include "collector/operator/api.h"
#include "collector/operator/live_feed.h"

namespace faultline::http {

// One part that has to be ready: `look` is thread-safe and quick, its error says why not.
struct Readiness {
  std::string part;  // "store"
  std::function<absl::Status()> look;
};

struct SiteParts {
  operator_api::Context api;
  operator_api::LiveFeed& feed;
  metrics::Metrics& metrics;
  std::vector<Readiness> readiness = {};        // for /readyz
  std::vector<Readiness> vital = {};            // for /healthz: what only a restart mends
  std::vector<std::string> allowed_hosts = {};  // besides loopback, see host_guard.h
  std::string page_directory = "";              // empty: the page that was compiled in
  MayChange may_change = {};                    // empty: nobody may
  std::string no_changes = "";                  // why nobody may, and what mends that
};

// Thread-safe. Everything in `parts` must outlive the site; the site must outlive its streams.
class Site {
 public:
  explicit Site(SiteParts parts);

  // With security headers. Never throws for what a client sends.
  Response Handle(const Request& request);

  // The server refused what came before it could become a request.
  void CountRefused(int status) { parts_.metrics.CountRequest("malformed", status, 0); }

 private:
  struct Route;
  using Serve = Response (Site::*)(const Request&, const Target&);
  static const std::vector<Route>& Routes();

  Response Answer(const Request& request);
  template <auto Call>
  Response Api(const Request& request, const Target& target);
  template <typename Message, auto Call>
  Response ApiChange(const Request& request, const Target& target);
  Response ApiRevokeToken(const Request& request, const Target& target);
  Response ApiIncident(const Request& request, const Target& target);
  Response Events(const Request& request, const Target& target);
  Response ServePage(const Request& request, const Target& target);
  Response ServePageFile(const Request& request, const Target& target);
  Response ServeMetrics(const Request& request, const Target& target);
  Response Health(const Request& request, const Target& target);
  Response Ready(const Request& request, const Target& target);

  SiteParts parts_;
  const Page page_;
  FrameCache frames_;
};

}  // namespace faultline::http
