// What the collector says of itself is shown, and is no host of anybody's stack.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/model/own_host.h"
#include "collector/operator/api.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/readable_store.h"

namespace faultline::operator_api {
namespace {

std::shared_ptr<const model::HostPicture> PictureOf(const HostId& id, const CheckId& check,
                                                    State state) {
  auto host = std::make_shared<model::HostPicture>();
  host->identity.id = id;
  host->link = model::LinkState::kConnected;
  host->checks[check] = {.id = check, .state = state};
  return host;
}

TEST(OwnHostTest, CountsWithItsChecksAndNotAsAHost) {
  pipeline::Picture picture;
  const HostId db{{"shop", "prod"}, "db-1"};
  const HostId own = model::CollectorsOwn();
  picture.hosts[db] = PictureOf(db, {"unit", "mysql.service", ""}, State::kOk);
  picture.hosts[own] = PictureOf(own, {"store", "collector", ""}, State::kCritical);
  fakes::FixedPictures pictures;
  pictures.Set(std::move(picture));
  fakes::ReadableStore store;
  const SystemClock clock;
  const Context context{.pictures = pictures, .store = store, .clock = clock};

  const auto status = GetStatus(context, {});
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->hosts_connected(), 1u);
  EXPECT_EQ(status->checks_critical(), 1u);
  ASSERT_EQ(status->troubled_checks_size(), 1);
  EXPECT_EQ(status->troubled_checks(0).host(), "collector");

  const auto verified = Verify(context, {});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->stack().stack(), "shop") << "there is one stack to verify";
}

}  // namespace
}  // namespace faultline::operator_api
