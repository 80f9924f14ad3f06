// What a host tells of itself on the live stream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/ingest/from_wire.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;
using testing::StartsWith;

TEST(HostFactsTest, AreTakenAsAHellosAre) {
  v1::HostFacts facts;
  facts.add_addresses("10.0.2.99");
  facts.set_instance_id("i-0123456789abcdef0");
  facts.set_region("us-gov-west-1");
  const auto taken = FromWire(facts);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->addresses, testing::ElementsAre("10.0.2.99"));
  EXPECT_EQ(taken->instance_id, "i-0123456789abcdef0");
  EXPECT_EQ(taken->region, "us-gov-west-1");
  EXPECT_TRUE(FromWire(v1::HostFacts()).ok()) << "a host may have no address for a while";
  facts.add_addresses("localhost");
  EXPECT_THAT(std::string(FromWire(facts).status().message()),
              StartsWith("host_facts.addresses[1]: \"localhost\" is not a numeric address"));
  facts.clear_addresses();
  for (int i = 0; i < 65; ++i) facts.add_addresses("10.0.2.10");
  EXPECT_THAT(std::string(FromWire(facts).status().message()),
              StartsWith("host_facts.addresses: 65 of them"));
}

}  // namespace
}  // namespace faultline::ingest
