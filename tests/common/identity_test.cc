#include "common/identity.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(IdentityTest, ReadsStackHostEnvAndRole) {
  const auto identity = ParseIdentityUri("faultline://shop/db-1?env=prod&role=db");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->id.stack.stack, "shop");
  EXPECT_EQ(identity->id.stack.env, "prod");
  EXPECT_EQ(identity->id.host, "db-1");
  EXPECT_EQ(identity->role, "db");
  EXPECT_EQ(identity->id.stack.ToString(), "shop-prod");
}

TEST(IdentityTest, RoleAndEnvMayBeAbsent) {
  const auto identity = ParseIdentityUri("faultline://shop/db-1");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->id.stack.ToString(), "shop");
}

TEST(IdentityTest, AHostMayHaveSeveralRoles) {
  const auto identity = ParseIdentityUri("faultline://shop/all?env=prod&role=db&role=collector");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->role, "collector,db") << "one text for these roles, in whatever order";
  // Each by itself, the last for programs that know one only; never a list, which they refuse.
  EXPECT_EQ(IdentityUri(*identity), "faultline://shop/all?env=prod&role=collector&role=db");
  EXPECT_EQ(ParseIdentityUri("faultline://shop/all?role=db&role=db")->role, "db");
}

TEST(IdentityTest, RolesAreBounded) {
  std::string uri = "faultline://shop/all?role=r0";
  for (size_t i = 1; i < kMaxRoles; ++i) uri += "&role=r" + std::to_string(i);
  EXPECT_TRUE(ParseIdentityUri(uri).ok());
  EXPECT_FALSE(ParseIdentityUri(uri + "&role=more").ok());
}

TEST(IdentityTest, AListOfRolesIsReadAsPeopleTypeIt) {
  EXPECT_EQ(RolesIn(" db,collector ,"), (std::vector<std::string>{"db", "collector"}));
  EXPECT_TRUE(RolesIn("").empty());
  EXPECT_EQ(RoleList(RolesIn("db, collector, db")), "collector,db");
  EXPECT_EQ(RoleList({}), "");
}

TEST(IdentityTest, RefusesEverythingElse) {
  for (const char* uri :
       {"", "https://shop/db-1", "faultline://", "faultline://shop", "faultline:///db-1",
        "faultline://shop/", "faultline://shop/a/b", "faultline://shop/db 1",
        "faultline://shop/db-1?env=", "faultline://shop/db-1?x=1",
        "faultline://shop/db-1?env=a&role=b c", "faultline://shop/db-1?role=a,b",
        "faultline://shop/db-1?role=a&role=", "faultline://sh\xffp/db"}) {
    EXPECT_FALSE(ParseIdentityUri(uri).ok()) << uri;
  }
  EXPECT_FALSE(ParseIdentityUri("faultline://" + std::string(64, 's') + "/h").ok());
}

TEST(IdentityTest, IsWrittenAsItIsRead) {
  for (const char* uri :
       {"faultline://shop/db-1?env=prod&role=db", "faultline://shop/db-1?env=prod",
        "faultline://shop/db-1?role=db", "faultline://shop/db-1"}) {
    EXPECT_EQ(IdentityUri(*ParseIdentityUri(uri)), uri);
  }
}

TEST(IdentityTest, ANewNameBeginsWithALetterOrDigit) {
  for (const char* name : {"db-1", "1", "A.b_c-d"}) EXPECT_TRUE(IsIdentityName(name)) << name;
  for (const char* name : {"", "-db", ".db", "_db", "d b", "d/b", "d\n", "d\xc3\xa9"}) {
    EXPECT_FALSE(IsIdentityName(name)) << name;
  }
  EXPECT_TRUE(IsIdentityName(std::string(63, 'a')));
  EXPECT_FALSE(IsIdentityName(std::string(64, 'a')));
}

}  // namespace
}  // namespace faultline
