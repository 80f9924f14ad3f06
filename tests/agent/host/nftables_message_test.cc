// The kernel's word on a change of the ruleset, as bytes.
#include "agent/host/nftables_message.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace faultline::host {
namespace {

// "new generation 7 by process 4711 (iptables)", as Linux 6.18 sent it but for the numbers.
std::vector<uint8_t> Recorded() {
  return {0x34, 0, 0, 0, 0x0f, 0x0a, 0,    0,    0,   0,   0,   0,   0, 0, 0, 0,  // nlmsghdr
          0,    0, 0, 7,                                                          // nfgenmsg
          8,    0, 1, 0, 0,    0,    0,    7,                                     // NFTA_GEN_ID
          8,    0, 2, 0, 0,    0,    0x12, 0x67,  // NFTA_GEN_PROC_PID
          13,   0, 3, 0, 'i',  'p',  't',  'a',  'b', 'l', 'e', 's', 0, 0, 0, 0};
}

TEST(NftablesMessage, TellsTheGenerationAndWhoMadeIt) {
  const auto generation = ParseGeneration(Recorded());
  ASSERT_TRUE(generation.has_value());
  EXPECT_EQ(generation->id, 7u);
  EXPECT_EQ(generation->pid, 4711u);
  EXPECT_EQ(generation->process, "iptables");
}

TEST(NftablesMessage, EveryCutOfAMessageIsRefused) {
  const std::vector<uint8_t> whole = Recorded();
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<int>(length));
    EXPECT_FALSE(ParseGeneration(cut).has_value()) << length;
  }
}

TEST(NftablesMessage, OtherMessagesAreNone) {
  std::vector<uint8_t> other = Recorded();
  other[4] = 0x06;  // NFT_MSG_NEWRULE
  EXPECT_FALSE(ParseGeneration(other).has_value());
}

TEST(NftablesMessage, AttributesThatLieAboutTheirLengthAreRefused) {
  for (const uint8_t length : {0, 1, 3, 200}) {
    std::vector<uint8_t> lying = Recorded();
    lying[20] = length;
    EXPECT_FALSE(ParseGeneration(lying).has_value()) << int{length};
  }
}

TEST(NftablesMessage, AProcessesNameIsCleaned) {
  std::vector<uint8_t> strange = Recorded();
  strange[40] = '\n';
  strange[41] = 0x1b;
  EXPECT_EQ(ParseGeneration(strange)->process, "  tables");
}

}  // namespace
}  // namespace faultline::host
