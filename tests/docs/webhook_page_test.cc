#include "tests/docs/webhook_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/docs/webhook_outage.h"

namespace faultline::docs {
namespace {

TEST(WebhookPageTest, ThePageIsWhatTheSpecificationAndTheCodeSay) {
  const auto page = WebhookPage(FAULTLINE_WEBHOOK_DESCRIPTORS);
  ASSERT_TRUE(page.ok()) << page.status();
  std::ostringstream document;
  document << std::ifstream(FAULTLINE_SOURCE_DIR "/docs/webhook.md").rdbuf();
  EXPECT_TRUE(*page == document.str()) << "docs/webhook.md is old; run: make docs";
}

TEST(WebhookPageTest, TheExamplesAreOneOfEachEvent) {
  const std::vector<incidents::Notification> said = PlayOutage();
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[0].event, incidents::NotificationEvent::kOpened);
  EXPECT_EQ(said[1].event, incidents::NotificationEvent::kUpdated);
  EXPECT_EQ(said[2].event, incidents::NotificationEvent::kResolved);
}

TEST(WebhookPageTest, AMissingSpecificationIsNamed) {
  EXPECT_EQ(WebhookPage("/nowhere").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace faultline::docs
