#include "agent/config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace faultline::config {
namespace {

using testing::HasSubstr;

TEST(AgentKeysTest, AreTheTableOfThePage) {
  std::ostringstream page;
  page << std::ifstream(FAULTLINE_SOURCE_DIR "/docs/configuration.md").rdbuf();
  EXPECT_THAT(page.str(), HasSubstr("## agent.yaml\n\n" + yaml::KeysMarkdown(AgentKeys()) + "\n"))
      << "docs/configuration.md is old; run: make docs";
}

}  // namespace
}  // namespace faultline::config
