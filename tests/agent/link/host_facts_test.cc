// What the collector hears of addresses and instance: in each hello, and when they change.
#include <mutex>

#include "tests/agent/link/link_testing.h"

namespace faultline::link {
namespace {

using faultline::v1::HostFacts;

class HostFactsTest : public LinkTest {
 protected:
  HostFactsTest() {
    hello_.clear_addresses();
    options_.host_facts = [this] {
      std::lock_guard<std::mutex> lock(mutex_);
      return facts_;
    };
    Be("10.0.2.10", "");
  }
  ~HostFactsTest() override { link_.reset(); }

  void Be(const std::string& address, const std::string& instance) {
    std::lock_guard<std::mutex> lock(mutex_);
    facts_.clear_addresses();
    facts_.add_addresses(address);
    facts_.set_instance_id(instance);
    facts_.set_region(instance.empty() ? "" : "us-east-1");
  }
  static std::vector<HostFacts> Told(const std::vector<Said>& said) {
    std::vector<HostFacts> told;
    for (const Said& stream : said) {
      for (const AgentMessage& message : stream) {
        if (message.has_host_facts()) told.push_back(message.host_facts());
      }
    }
    return told;
  }
  // Until a heartbeat has come after all that was to be said before.
  bool WaitForHeartbeats(size_t count) {
    return collector_.WaitFor([count](const std::vector<Said>& said) {
      size_t seen = 0;
      for (const AgentMessage& message : said.back()) seen += message.has_heartbeat() ? 1 : 0;
      return seen >= count;
    });
  }

  std::mutex mutex_;
  HostFacts facts_;
};

TEST_F(HostFactsTest, EachHelloHasThoseOfItsTime) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  Be("10.0.2.99", "i-0123456789abcdef0");
  collector_.Drop();
  ASSERT_TRUE(source_.WaitForConnected(2));
  const std::vector<Said> said = collector_.said();
  const auto& first = said.front().front().hello();
  EXPECT_EQ(first.addresses(0), "10.0.2.10");
  EXPECT_EQ(first.instance_id(), "");
  EXPECT_EQ(first.agent_version(), "0.1.0");
  const auto& second = said.back().front().hello();
  ASSERT_EQ(second.addresses_size(), 1);
  EXPECT_EQ(second.addresses(0), "10.0.2.99");
  EXPECT_EQ(second.instance_id(), "i-0123456789abcdef0");
  EXPECT_EQ(second.region(), "us-east-1");
}

TEST_F(HostFactsTest, WhatChangesWhileAStreamLivesIsToldOnItOnce) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  link_->OnHostFacts();  // nothing is different
  Be("10.0.2.99", "i-0123456789abcdef0");
  link_->OnHostFacts();
  link_->OnHostFacts();
  ASSERT_TRUE(collector_.WaitFor([](const auto& said) { return !Told(said).empty(); }));
  ASSERT_TRUE(WaitForHeartbeats(3));
  const std::vector<HostFacts> told = Told(collector_.said());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].addresses(0), "10.0.2.99");
  EXPECT_EQ(told[0].instance_id(), "i-0123456789abcdef0");
  EXPECT_EQ(collector_.said().size(), 1u) << "it connected anew";
}

TEST_F(HostFactsTest, WhatChangesBetweenHelloAndWelcomeIsToldAfterIt) {
  FakeCollector::Manners manners;
  manners.at_hello = [this] { Be("10.0.2.10", "i-0123456789abcdef0"); };
  collector_.set_manners(manners);
  StartCollector();
  StartLink();
  ASSERT_TRUE(collector_.WaitFor([](const auto& said) { return !Told(said).empty(); }));
  EXPECT_EQ(Told(collector_.said())[0].instance_id(), "i-0123456789abcdef0");
}

TEST_F(HostFactsTest, WhatDoesNotChangeIsNotRepeated) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  link_->OnHostFacts();
  ASSERT_TRUE(WaitForHeartbeats(3));
  EXPECT_TRUE(Told(collector_.said()).empty());
}

}  // namespace
}  // namespace faultline::link
