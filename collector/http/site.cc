#include "collector/http/site.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/http/gzip.h"
#include "collector/http/host_guard.h"
#include "collector/operator/json.h"
#include "common/text.h"

namespace faultline::http {
namespace {

constexpr char kIncidentPath[] = "/api/v1/incidents/";
constexpr char kTokenPath[] = "/api/v1/tokens/";
constexpr std::string_view kRevoke = "/revoke";
// Until there are accounts.
constexpr char kWho[] = "a holder of the operator key";

// Below this, compression gains nothing.
constexpr size_t kWorthCompressing = 1024;

Response JsonResponse(const google::protobuf::Message& message) {
  return TextResponse(200, "application/json", operator_api::ToJson(message) + "\n");
}

void MarkCompressed(std::vector<std::string> body, Response* response) {
  response->body = std::move(body);
  response->compressed = true;
  response->headers.emplace_back("Vary", "Accept-Encoding");
  response->headers.emplace_back("Content-Encoding", "gzip");
}

// The operator is often at the other end of a tunnel.
void Compress(const Request& request, Response* response) {
  size_t bytes = 0;
  for (const std::string& piece : response->body) bytes += piece.size();
  if (response->compressed || bytes < kWorthCompressing) return;
  if (!AcceptsGzip(request.accept_encoding)) {
    response->headers.emplace_back("Vary", "Accept-Encoding");
    return;
  }
  Gzip gzip;
  for (const std::string& piece : response->body) gzip.Append(piece);
  MarkCompressed(gzip.Finish(), response);
}

// "part: why not", a line each; empty when all is well.
std::string Reasons(const std::vector<Readiness>& parts) {
  std::string reasons;
  for (const Readiness& each : parts) {
    const absl::Status status = each.look();
    if (!status.ok()) {
      absl::StrAppend(&reasons, each.part, ": ", CleanText(std::string(status.message()), 512),
                      "\n");
    }
  }
  return reasons;
}

Response HealthResponse(const std::vector<Readiness>& parts, std::string well) {
  std::string reasons = Reasons(parts);
  return reasons.empty() ? TextResponse(200, "text/plain; charset=utf-8", std::move(well))
                         : TextResponse(503, "text/plain; charset=utf-8", std::move(reasons));
}

std::string NothingAt(const std::string& path) {
  std::string message = absl::StrCat("there is nothing at '", CleanText(path, 128), "'");
  if (absl::StartsWith(path, "/api/")) {
    absl::StrAppend(&message, "; the calls are /api/v1/status, hosts, checks, alerts, incidents, ",
                    "incidents/ID, events, tokens, tokens/ID/revoke, hosts/revoke, hosts/forget, "
                    "channels, channels/test, looks and verify");
  }
  return message;
}

}  // namespace

struct Site::Route {
  std::string_view path;
  bool prefix;  // the path begins so, and something follows
  std::string_view name;
  Serve serve;
  Serve change = nullptr;  // POST, by those who may
  bool keyless = false;    // the POST changes nothing: no key is needed

  bool Takes(std::string_view asked) const {
    return prefix ? asked.size() > path.size() && asked.substr(0, path.size()) == path
                  : asked == path;
  }
};

const std::vector<Site::Route>& Site::Routes() {
  static const auto& routes = *new std::vector<Route>{
      {"/", false, "page", &Site::ServePage},
      {"/incidents/", true, "page", &Site::ServePage},
      {"/metrics", false, "metrics", &Site::ServeMetrics},
      {"/healthz", false, "healthz", &Site::Health},
      {"/readyz", false, "readyz", &Site::Ready},
      {"/api/v1/status", false, "status", &Site::Api<operator_api::GetStatus>},
      {"/api/v1/hosts", false, "hosts", &Site::Api<operator_api::ListHosts>},
      {"/api/v1/checks", false, "checks", &Site::Api<operator_api::ListChecks>},
      {"/api/v1/alerts", false, "alerts", &Site::Api<operator_api::ListAlerts>},
      {"/api/v1/incidents", false, "incidents", &Site::Api<operator_api::ListIncidents>},
      {kIncidentPath, true, "incident", &Site::ApiIncident},
      {"/api/v1/events", false, "events", &Site::Events},
      {"/api/v1/tokens", false, "tokens", &Site::Api<operator_api::ListTokens>,
       &Site::ApiChange<v1::CreateTokenRequest, operator_api::CreateToken>},
      {kTokenPath, true, "token", nullptr, &Site::ApiRevokeToken},
      {"/api/v1/hosts/revoke", false, "host_revoke", nullptr,
       &Site::ApiChange<v1::RevokeHostRequest, operator_api::RevokeHost>},
      {"/api/v1/channels", false, "channels", &Site::Api<operator_api::ListChannels>},
      {"/api/v1/channels/test", false, "channel_test", nullptr,
       &Site::ApiChange<v1::TestChannelRequest, operator_api::TestChannel>},
      {"/api/v1/hosts/forget", false, "host_forget", nullptr,
       &Site::ApiChange<v1::ForgetHostRequest, operator_api::ForgetHost>},
      {"/api/v1/looks", false, "looks", nullptr,
       &Site::ApiChange<v1::LookRequest, operator_api::AskToLook>, true},
      {"/api/v1/verify", false, "verify", &Site::Api<operator_api::Verify>},
      {"/", true, "page", &Site::ServePageFile},  // last: it takes every path
  };
  return routes;
}

Site::Site(SiteParts parts) : parts_(std::move(parts)), page_(parts_.page_directory) {
  const std::vector<int> reads = {200, 400, 404, 405, 409, 500, 503};
  const std::vector<int> changes = {401, 403, 413, 415, 429, 504};
  for (const Route& route : Routes()) {
    parts_.metrics.ExpectRequests(route.name, reads);
    if (route.change != nullptr) parts_.metrics.ExpectRequests(route.name, changes);
  }
  parts_.metrics.ExpectRequests("other", {400, 404, 421});
  parts_.metrics.ExpectRequests("malformed", {400, 413, 414, 431, 503});
}

Response Site::Handle(const Request& request) {
  const MonoTime begun = parts_.api.clock.Mono();
  Response response = Answer(request);
  Compress(request, &response);
  AddSecurityHeaders(&response);
  parts_.metrics.CountRequest(response.route, response.status,
                              (parts_.api.clock.Mono() - begun).seconds());
  return response;
}

Response Site::Answer(const Request& request) {
  if (request.hosts.size() > 1 || (request.hosts.empty() && !request.http_1_0)) {
    return ErrorResponse(400, "invalid_argument", "the request needs exactly one Host header");
  }
  if (!request.hosts.empty() && !HostAllowed(request.hosts[0], parts_.allowed_hosts)) {
    return ErrorResponse(421, "misdirected",
                         absl::StrCat("this is not '", CleanText(request.hosts[0], 128),
                                      "': use 127.0.0.1, localhost or the name in display.url of "
                                      "the collector's configuration"));
  }
  auto target = ParseTarget(request.target);
  if (!target.ok()) return ErrorResponse(target.status());

  const auto& routes = Routes();
  const auto route = std::find_if(routes.begin(), routes.end(),
                                  [&](const Route& each) { return each.Takes(target->path); });
  if (route == routes.end()) return ErrorResponse(404, "not_found", "there is nothing here");
  Response response;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && route->serve != nullptr) {
    response = (this->*route->serve)(request, *target);
  } else if (request.method == "POST" && route->change != nullptr) {
    static const auto& anybody = *new MayChange([](std::string_view) { return true; });
    const bool is_closed = !route->keyless && !parts_.no_changes.empty();
    auto refused = RefuseChange(request, route->keyless || is_closed ? anybody : parts_.may_change);
    if (!refused && is_closed) {
      refused = ErrorResponse(503, "unavailable",
                              absl::StrCat("nothing can be changed here: ", parts_.no_changes,
                                           "; then: systemctl restart faultline-collector"));
    }
    response = refused ? *std::move(refused) : (this->*route->change)(request, *target);
  } else {
    const char* allowed = route->change == nullptr  ? "GET, HEAD"
                          : route->serve == nullptr ? "POST"
                                                    : "GET, HEAD, POST";
    response = ErrorResponse(405, "method_not_allowed",
                             absl::StrCat(CleanText(request.method, 32), " is not allowed: use ",
                                          route->serve == nullptr ? "POST" : "GET"));
    response.headers.emplace_back("Allow", allowed);
  }
  response.route = response.status == 404 && route->name == "page" ? "other" : route->name;
  return response;
}

template <auto Call>
Response Site::Api(const Request&, const Target& target) {
  const auto answer = Call(parts_.api, target.query);
  return answer.ok() ? JsonResponse(*answer) : ErrorResponse(answer.status());
}

template <typename Message, auto Call>
Response Site::ApiChange(const Request& request, const Target&) {
  Message message;
  if (absl::Status parsed = operator_api::FromJson(request.body, &message); !parsed.ok()) {
    return ErrorResponse(parsed);
  }
  const auto answer = Call(parts_.api, message, kWho);
  return answer.ok() ? JsonResponse(*answer) : ErrorResponse(answer.status());
}

Response Site::ApiRevokeToken(const Request&, const Target& target) {
  const std::string id = target.path.substr(std::string_view(kTokenPath).size());
  if (id.size() <= kRevoke.size() || !absl::EndsWith(id, "/revoke")) {
    return ErrorResponse(404, "not_found", NothingAt(target.path));
  }
  const auto token =
      operator_api::RevokeToken(parts_.api, id.substr(0, id.size() - kRevoke.size()), kWho);
  return token.ok() ? JsonResponse(*token) : ErrorResponse(token.status());
}

Response Site::ApiIncident(const Request&, const Target& target) {
  const std::string id = target.path.substr(std::string_view(kIncidentPath).size());
  const auto incident = operator_api::GetIncident(parts_.api, id, target.query);
  return incident.ok() ? JsonResponse(*incident) : ErrorResponse(incident.status());
}

Response Site::Events(const Request& request, const Target& target) {
  const auto filters = operator_api::Filters::Parse(target.query, {});
  if (!filters.ok()) return ErrorResponse(filters.status());
  Response response;
  response.headers.emplace_back("Content-Type", "text/event-stream");
  response.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy must not hold it back
  if (request.method == "GET") {
    response.stream =
        MakeEventStream(parts_.feed, frames_, ParseLastEventId(request.last_event_id));
  }
  return response;
}

Response Site::ServePage(const Request&, const Target&) {
  const auto html = page_.Read("index.html");
  if (!html) return ErrorResponse(500, "internal", "the page's files cannot be read");
  return TextResponse(200, ContentType("index.html"), *html);
}

Response Site::ServePageFile(const Request&, const Target& target) {
  const std::string name = target.path.substr(1);
  const auto content = name == "index.html" ? std::nullopt : page_.Read(name);
  if (!content) {
    return ErrorResponse(404, "not_found", NothingAt(target.path));
  }
  return TextResponse(200, ContentType(name), *content);
}

// Compressed as it is written: a fleet's exposition is never held whole.
Response Site::ServeMetrics(const Request& request, const Target&) {
  Response response;
  response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  if (!AcceptsGzip(request.accept_encoding)) {
    parts_.metrics.Write([&](std::string_view piece) { response.body.emplace_back(piece); });
    return response;
  }
  Gzip gzip;
  parts_.metrics.Write([&gzip](std::string_view piece) { gzip.Append(piece); });
  MarkCompressed(gzip.Finish(), &response);
  return response;
}

Response Site::Health(const Request&, const Target&) {
  return HealthResponse(parts_.vital, "ok\n");
}

Response Site::Ready(const Request&, const Target&) {
  return HealthResponse(parts_.readiness, "ready\n");
}

}  // namespace faultline::http
