#include "agent/checks/address_lookup.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/agent/host/run_until.h"

namespace faultline::checks {
namespace {

class AddressLookupTest : public testing::Test {
 protected:
  AddressLookupTest() : loop_(host::Loop::Create().value()) {}

  absl::StatusOr<host::IpAddress> Ask(AddressLookup& target) {
    std::optional<absl::StatusOr<host::IpAddress>> got;
    target.Get([&](const absl::StatusOr<host::IpAddress>& address) { got = address; });
    EXPECT_TRUE(host::RunUntil(*loop_, [&] { return got.has_value(); }));
    return got.value_or(absl::UnknownError("no answer"));
  }

  SystemClock clock_;
  std::unique_ptr<host::Loop> loop_;
};

TEST_F(AddressLookupTest, AnAddressIsItself) {
  AddressLookup target(*loop_, clock_, "10.0.2.10");
  bool called = false;
  target.Get([&](const absl::StatusOr<host::IpAddress>& address) {
    called = true;
    EXPECT_EQ(address.value().ToString(), "10.0.2.10");
  });
  EXPECT_TRUE(called) << "without asking anyone";
}

TEST_F(AddressLookupTest, ANameIsResolvedAndThenKnownForAWhile) {
  AddressLookup target(*loop_, clock_, "localhost");
  EXPECT_TRUE(Ask(target).value().is_loopback());
  bool called = false;
  target.Get([&](const absl::StatusOr<host::IpAddress>& address) {
    called = true;
    EXPECT_TRUE(address.value().is_loopback());
  });
  EXPECT_TRUE(called) << "asked again";
}

TEST_F(AddressLookupTest, AfterExpireItIsAskedAgain) {
  AddressLookup target(*loop_, clock_, "localhost");
  EXPECT_TRUE(Ask(target).ok());
  target.Expire();
  bool called = false;
  target.Get([&](const absl::StatusOr<host::IpAddress>& address) { called = address.ok(); });
  EXPECT_FALSE(called);
  EXPECT_TRUE(host::RunUntil(*loop_, [&] { return called; }));
}

TEST_F(AddressLookupTest, ANameThatDoesNotExistIsAnError) {
  AddressLookup target(*loop_, clock_, "nobody.invalid");
  const absl::StatusOr<host::IpAddress> address = Ask(target);
  ASSERT_FALSE(address.ok());
  EXPECT_NE(address.status().message().find("nobody.invalid"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
