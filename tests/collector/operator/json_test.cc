#include "collector/operator/json.h"

#include <gtest/gtest.h>

#include "faultline/v1/operator.pb.h"

namespace faultline::operator_api {
namespace {

TEST(JsonTest, ZeroesAndEmptyListsAreThereAndNamesAreAsInTheSpecification) {
  EXPECT_EQ(ToJson(v1::ListHostsResponse()), "{\"hosts\":[]}");
  v1::LiveEvent event;
  event.set_id(7);
  event.set_check_removed("shop-prod/db-1/unit:x");
  EXPECT_EQ(ToJson(event), "{\"id\":\"7\",\"check_removed\":\"shop-prod/db-1/unit:x\"}");
  event.set_resync(true);
  EXPECT_EQ(ToJson(event), "{\"id\":\"7\",\"resync\":true}");
}

}  // namespace
}  // namespace faultline::operator_api
