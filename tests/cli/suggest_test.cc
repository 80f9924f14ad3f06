#include "cli/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Closest, FindsATypoAndNothingFarAway) {
  EXPECT_EQ(Closest("--colr", {"--color", "--collector"}), "--color");
  EXPECT_EQ(Closest("--frobnicate", {"--color", "--collector"}), "");
  EXPECT_EQ(Closest(std::string(1 << 20, 'x'), {"--color"}), "");
}

TEST(SuggestCommands, KnowsWhatPeopleTypeInstead) {
  const auto suggest = [](const std::vector<std::string>& words) {
    return SuggestCommands(words, Commands());
  };
  EXPECT_THAT(suggest({"hosts"}), ElementsAre("host list"));
  EXPECT_THAT(suggest({"list", "hosts"}), ElementsAre("host list"));
  EXPECT_THAT(suggest({"host", "ls"}), ElementsAre("host list"));
  EXPECT_THAT(suggest({"get", "incident"}), ElementsAre("incident show"));
  EXPECT_THAT(suggest({"statsu"}), ElementsAre("status"));
  EXPECT_THAT(suggest({"incidnet", "list"}), ElementsAre("incident list"));
  EXPECT_THAT(suggest({"host", "remove"}), ElementsAre("host revoke"));
  EXPECT_THAT(suggest({"host", "frobnicate"}),
              ElementsAre("host list", "host show", "host revoke"));
  EXPECT_THAT(suggest({"frobnicate"}), IsEmpty());
  EXPECT_THAT(suggest({std::string(1 << 20, 'x')}), IsEmpty());
}

}  // namespace
}  // namespace faultline::cli
