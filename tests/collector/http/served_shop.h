// A whole site with the stack of the runbook behind it, served on a real port.
#pragma once

#include <gtest/gtest.h>

#include <memory>
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
    options.listen = "127.0.0.1:0";
    options.refused = [this](int status) { site_.CountRefused(status); };
    auto server = HttpServer::Start(
        options, [this](const Request& request) { return site_.Handle(request); });
    EXPECT_TRUE(server.ok()) << server.status();
    if (server.ok()) server_ = *std::move(server);
  }

  int port() const { return server_->port(); }
  // Ends the server; clients see their connections end.
  void Stop() { server_.reset(); }

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
    changes.alerts = picture.alerts;
    changes.incidents = picture.open_incidents;
    store_.Put(fakes::DatabaseDown());
    store_.PutTimeline(42, fakes::DatabaseTimeline());
    Publish(std::move(picture), changes);
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

 private:
  SiteParts MakeParts() {
    return {.api = {pictures_, store_, clock_, fakes::kStopped, "0.1.0"},
            .feed = feed_,
            .metrics = metrics_,
            .readiness = {{"store", [] { return absl::OkStatus(); }},
                          {"ingest", [this] { return ready; }}},
            .allowed_hosts = {"faultline.example"},
            .page_directory = ""};
  }

  fakes::FixedPictures pictures_;
  fakes::ReadableStore store_;
  fakes::FixedClock clock_{fakes::kStopped + Span::Seconds(42)};
  metrics::Metrics metrics_{{.pictures = pictures_, .version = "0.1.0"}};
  operator_api::LiveFeed feed_;
  Site site_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace faultline::http
