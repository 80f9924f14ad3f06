// Serves the page with made-up data, to look at it or to take its picture.
//
//   page_demo PORT [MODE] [PAGE_DIRECTORY]
//
// MODE is toggle, which stops and starts the database every 5 s, or one of Fleet's. With a
// directory, the page's files are read from there at each request: change them and reload.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "collector/http/server.h"
#include "collector/http/site.h"
#include "tests/browser/demo_fleet.h"
#include "tests/fakes/fixed_pictures.h"

int main(int argc, char** argv) {
  using namespace faultline;
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: page_demo PORT [toggle|empty|well|stopped|mixed|all|many|hostile] "
                 "[PAGE_DIRECTORY]\n");
    return 2;
  }
  const std::string mode = argc > 2 ? argv[2] : "toggle";
  SystemClock clock;
  const WallTime at = clock.Now() - Span::Seconds(42);
  fakes::FixedPictures pictures;
  fakes::ReadableStore store;
  operator_api::LiveFeed feed(clock.Now());
  metrics::Metrics metrics({.pictures = pictures, .version = FAULTLINE_VERSION});
  http::Site site({.api = {pictures, store, clock, clock.Now(), FAULTLINE_VERSION},
                   .feed = feed,
                   .metrics = metrics,
                   .readiness = {},
                   .allowed_hosts = {},
                   .page_directory = argc > 3 ? argv[3] : ""});
  bool stopped = mode == "toggle" || mode == "stopped" || mode == "all" || mode == "hostile";
  pictures.Set(browser::Fleet(mode == "toggle" ? "stopped" : mode, at));
  if (mode != "empty") browser::FillStore(stopped, at, &store);

  http::HttpOptions options;
  options.listen = std::string("127.0.0.1:") + argv[1];
  auto server = http::HttpServer::Start(
      options, [&](const http::Request& request) { return site.Handle(request); });
  if (!server.ok()) {
    std::fprintf(stderr, "page_demo: %s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("http://127.0.0.1:%d\n", (*server)->port());
  std::fflush(stdout);
  while (mode == "toggle") {
    sleep(5);
    stopped = !stopped;
    browser::FillStore(stopped, at, &store);
    auto picture = browser::Fleet(stopped ? "stopped" : "well", at);
    pipeline::Changes changes;
    changes.hosts = {fakes::kDb};
    changes.checks = {{fakes::kDb, fakes::kMysqlUnit},
                      {fakes::kDb, CheckId{"listener", "3306", ""}}};
    changes.incidents = {
        std::make_shared<const incidents::Incident>(store.GetIncident(42).value())};
    pictures.Set(picture);
    feed.OnPicture(std::make_shared<const pipeline::Picture>(std::move(picture)), changes);
  }
  pause();
}
