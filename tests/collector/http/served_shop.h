// A whole site with the stack of the runbook behind it, served on a real port.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "collector/http/server.h"
#include "collector/http/site.h"
#include "tests/collector/http/raw_client.h"
#include "tests/fakes/fixed_clock.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/readable_store.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::http {

class ServedShop {
 public:
  explicit ServedShop(HttpOptions options = {}, size_t ring = 4096)
      : feed_(fakes::kStopped, ring), site_(MakeParts()) {
    pictures_.Set(fakes::AllWell());
    options_ = std::move(options);
    options_.listen = "127.0.0.1:0";
    options_.refused = [this](int status) { site_.CountRefused(status); };
    Start();
    options_.listen = "127.0.0.1:" + std::to_string(port_);
    series_ = RequestSeries();
  }

  // What was answered is one of what /metrics counts from the start.
  ~ServedShop() {
    server_.reset();
    for (const std::string& series : RequestSeries()) {
      EXPECT_TRUE(series_.contains(series)) << series << ": see Site's constructor";
    }
  }

  int port() const { return port_; }
  // Ends the server; clients see their connections end.
  void Stop() { server_.reset(); }
  // After Stop: on the same port, with everything that was there before.
  void Start() {
    auto server = HttpServer::Start(
        options_, [this](const Request& request) { return site_.Handle(request); });
    EXPECT_TRUE(server.ok()) << server.status();
    if (server.ok()) server_ = *std::move(server);
    if (server_ != nullptr) port_ = server_->port();
  }

  // The new picture, and what changed in it, as the pipeline tells it.
  void Publish(pipeline::Picture picture, const pipeline::Changes& changes) {
    const auto shared = std::make_shared<const pipeline::Picture>(picture);
    pictures_.Set(std::move(picture));
    feed_.OnPicture(shared, changes);
  }
  void StopDatabase() {
    pipeline::Picture picture = fakes::DatabaseStopped();
    pipeline::Changes changes;
    changes.hosts = {fakes::kDb};
    changes.checks = {{fakes::kDb, fakes::kMysqlUnit},
                      {fakes::kDb, CheckId{"listener", "3306", ""}}};
    changes.alerts = *picture.alerts;
    changes.incidents = picture.open_incidents;
    store_.Put(fakes::DatabaseDown());
    store_.PutTimeline(42, fakes::DatabaseTimeline());
    Publish(std::move(picture), changes);
  }

  void StartDatabase() {
    incidents::Incident incident = fakes::DatabaseDown();
    incident.state = incidents::IncidentState::kResolved;
    incident.resolved_at = fakes::kStopped + Span::Seconds(42);
    incident.title = "RESOLVED shop-prod: database is well again after 42 s.";
    incident.text = incident.title;
    store_.Put(incident);
    pipeline::Changes changes;
    changes.hosts = {fakes::kDb};
    changes.checks = {{fakes::kDb, fakes::kMysqlUnit},
                      {fakes::kDb, CheckId{"listener", "3306", ""}}};
    changes.incidents = {std::make_shared<const incidents::Incident>(incident)};
    Publish(fakes::AllWell(), changes);
  }

  std::string Get(const std::string& target, const std::string& headers = "") {
    RawClient client(port());
    client.Send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
    return client.ReadAnswer();
  }

  fakes::FixedPictures& pictures() { return pictures_; }
  fakes::ReadableStore& store() { return store_; }
  operator_api::LiveFeed& feed() { return feed_; }
  absl::Status ready;
  absl::Status alive;

 private:
  // The label sets of faultline_http_requests_total.
  std::set<std::string> RequestSeries() {
    std::string text;
    metrics_.Write([&](std::string_view piece) { text += piece; });
    std::istringstream lines(text);
    std::set<std::string> series;
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("faultline_http_requests_total{", 0) == 0) {
        series.insert(line.substr(0, line.rfind(' ')));
      }
    }
    return series;
  }

  SiteParts MakeParts() {
    return {.api = {pictures_, store_, clock_, fakes::kStopped, "0.1.0"},
            .feed = feed_,
            .metrics = metrics_,
            .readiness = {{"store", [] { return absl::OkStatus(); }},
                          {"ingest", [this] { return ready; }}},
            .vital = {{"pipeline", [this] { return alive; }}},
            .allowed_hosts = {"faultline.example"},
            .page_directory = ""};
  }

  fakes::FixedPictures pictures_;
  fakes::ReadableStore store_;
  fakes::FixedClock clock_{fakes::kStopped + Span::Seconds(42)};
  metrics::Metrics metrics_{{.pictures = pictures_, .version = "0.1.0"}};
  operator_api::LiveFeed feed_;
  Site site_;
  HttpOptions options_;
  int port_ = 0;
  std::set<std::string> series_;  // at the start
  std::unique_ptr<HttpServer> server_;
};

}  // namespace faultline::http
