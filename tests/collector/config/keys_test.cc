#include "collector/config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace faultline::config {
namespace {

using testing::HasSubstr;

TEST(CollectorKeysTest, AreTheTableOfThePage) {
  std::ostringstream page;
  page << std::ifstream(FAULTLINE_SOURCE_DIR "/docs/configuration.md").rdbuf();
  EXPECT_THAT(page.str(),
              HasSubstr("## collector.yaml\n\n" + yaml::KeysMarkdown(CollectorKeys()) + "\n"))
      << "docs/configuration.md is old; run: make docs";
}

}  // namespace
}  // namespace faultline::config
