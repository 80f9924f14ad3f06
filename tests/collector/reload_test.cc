#include "collector/reload.h"

#include "gmock/gmock.h"

namespace faultline::collector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CollectorReloadTest, SaysEachKeyThatOnlyARestartTakesOver) {
  config::CollectorConfig running;
  config::CollectorConfig loaded = running;
  loaded.listen_http = "127.0.0.1:9";
  loaded.timezone = "Europe/Berlin";
  loaded.heartbeat = Span::Seconds(2);
  EXPECT_THAT(NeedsRestart(running, loaded),
              ElementsAre("listen.http stays 127.0.0.1:7480 until a restart (systemctl restart "
                          "faultline-collector); the file says 127.0.0.1:9",
                          HasSubstr("display.timezone stays unset until"),
                          HasSubstr("heartbeat stays 1s until")));
}

TEST(CollectorReloadTest, SaysNothingOfWhatIsTakenOver) {
  config::CollectorConfig running;
  config::CollectorConfig loaded = running;
  loaded.webhooks = {{.name = "pager", .url = "http://h"}};
  loaded.authority.tokens.resize(1);
  EXPECT_THAT(NeedsRestart(running, loaded), IsEmpty());
}

TEST(CollectorReloadTest, ARefusalIsToldLineByLineAndBounded) {
  EXPECT_EQ(RefusalText(absl::InvalidArgumentError("c.yaml:3: a\x1b[31m\n\nc.yaml:4: b")),
            "c.yaml:3: a [31m\nc.yaml:4: b");
  std::string many;
  for (int i = 0; i < 100; ++i) many += std::string(1000, 'x') + "\n";
  EXPECT_LE(RefusalText(absl::InvalidArgumentError(many)).size(), 20u * 501);
}

}  // namespace
}  // namespace faultline::collector
