// Calls that change something, and who may make them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/http/site.h"
#include "tests/collector/security/joining_testing.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/readable_store.h"
#include "tests/fakes/recorded_forgetter.h"
#include "tests/fakes/recorded_looks.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::http {
namespace {

using security::HostKey;
using testing::HasSubstr;
using testing::Not;

constexpr char kCreate[] =
    R"({"stack": {"stack": "shop", "env": "prod"}, "roles": ["db"], "uses": 3})";

class ChangeTest : public security::JoiningFixture {
 protected:
  ChangeTest() : feed_(clock_.Now(), 16), site_(MakeSite(joining_.get())) {}

  std::unique_ptr<Site> MakeSite(security::Joining* joining) {
    return std::make_unique<Site>(
        SiteParts{.api = {.pictures = pictures_,
                          .store = store_,
                          .clock = clock_,
                          .started_at = {},
                          .version = "0.1.0",
                          .joining = joining,
                          .looks = &looks_,
                          .forgetter = &forgetter_},
                  .feed = feed_,
                  .metrics = metrics_,
                  .may_change = [](std::string_view shown) { return shown == "Bearer right"; }});
  }
  static Request Post(const std::string& target, const std::string& body) {
    Request request;
    request.method = "POST";
    request.target = target;
    request.hosts = {"127.0.0.1:7480"};
    request.content_type = "application/json";
    request.authorization = "Bearer right";
    request.body = body;
    return request;
  }
  static Request Get(const std::string& target) {
    Request request = Post(target, "");
    request.method = "GET";
    request.authorization = "";
    return request;
  }
  std::string Body(const Request& request, int status) {
    const Response response = site_->Handle(request);
    std::string body;
    for (const std::string& piece : response.body) body += piece;
    EXPECT_EQ(response.status, status) << body;
    return body;
  }
  // The text of a member of a JSON answer.
  static std::string Member(const std::string& json, const std::string& name) {
    const size_t at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
  }

  fakes::FixedPictures pictures_;
  fakes::RecordedLooks looks_{fakes::kStopped};
  fakes::RecordedForgetter forgetter_;
  fakes::ReadableStore store_;
  metrics::Metrics metrics_{{.pictures = pictures_, .version = "0.1.0"}};
  operator_api::LiveFeed feed_;
  std::unique_ptr<Site> site_;
};

TEST_F(ChangeTest, ATokenIsMadeShownOnceAndLetsAHostIn) {
  const std::string created = Body(Post("/api/v1/tokens", kCreate), 200);
  const std::string token = Member(created, "token");
  ASSERT_EQ(token.rfind("ftok.", 0), 0u) << created;
  const std::string listed = Body(Get("/api/v1/tokens"), 200);
  EXPECT_THAT(listed, HasSubstr(token.substr(5, 10)));
  EXPECT_THAT(listed, Not(HasSubstr(token.substr(16))));
  EXPECT_THAT(listed, HasSubstr("\"state\":\"STATE_ACTIVE\""));
  EXPECT_TRUE(Enrol(token, HostKey()).ok());
  const std::string revoked =
      Body(Post("/api/v1/tokens/" + token.substr(5, 10) + "/revoke", "{}"), 200);
  EXPECT_THAT(revoked, HasSubstr("STATE_REVOKED"));
  EXPECT_FALSE(Enrol(token, HostKey(), "db-2").ok());
}

TEST_F(ChangeTest, AHostIsRevokedByItsName) {
  ASSERT_TRUE(Enrol(Token(), HostKey()).ok());
  const std::string body = R"({"stack": "shop", "host": "db-1"})";
  EXPECT_THAT(Body(Post("/api/v1/hosts/revoke", body), 200), HasSubstr("\"certificates\":1"));
  EXPECT_THAT(Body(Post("/api/v1/hosts/revoke", body), 404), HasSubstr("holds no certificate"));
  Body(Post("/api/v1/hosts/revoke", R"({"host": "db-1"})"), 400);
}

TEST_F(ChangeTest, WhatARevokedHostSaidEnds) {
  ASSERT_TRUE(Enrol(Token(), HostKey()).ok());
  Body(Post("/api/v1/hosts/revoke", R"({"stack": "shop", "host": "db-1"})"), 200);
  ASSERT_EQ(forgetter_.forgotten().size(), 1u);
  EXPECT_EQ(forgetter_.forgotten()[0].first, fakes::kDb);
  EXPECT_EQ(forgetter_.forgotten()[0].second, rules::Decision::kHostRevoked);
}

TEST_F(ChangeTest, AHostIsForgottenByItsName) {
  pictures_.Set(fakes::AllWell());
  const std::string body = R"({"stack": "shop", "host": "db-1"})";
  EXPECT_THAT(Body(Post("/api/v1/hosts/forget", body), 200),
              HasSubstr(R"("host":"db-1","may_return":false)"));
  ASSERT_TRUE(Enrol(Token(), HostKey()).ok());
  EXPECT_THAT(Body(Post("/api/v1/hosts/forget", body), 200), HasSubstr("\"may_return\":true"));
  ASSERT_EQ(forgetter_.forgotten().size(), 2u);
  EXPECT_EQ(forgetter_.forgotten()[0].first, fakes::kDb);
  EXPECT_EQ(forgetter_.forgotten()[0].second, rules::Decision::kHostForgotten);

  Request without_key = Post("/api/v1/hosts/forget", body);
  without_key.authorization = "";
  Body(without_key, 401);
  EXPECT_EQ(forgetter_.forgotten().size(), 2u);
}

TEST_F(ChangeTest, AHostThatCannotBeForgottenIsToldWhy) {
  pictures_.Set(fakes::AllWell());
  const std::string path = "/api/v1/hosts/forget";
  EXPECT_THAT(Body(Post(path, R"({"stack": "shop", "host": "db-2"})"), 404),
              HasSubstr("did you mean"));
  EXPECT_THAT(Body(Post(path, R"({"stack": "shp", "host": "db-1"})"), 404), HasSubstr("shop"));
  Body(Post(path, R"({"host": "db-1"})"), 400);
  Body(Post(path, R"({"stack": "shop"})"), 400);
  EXPECT_TRUE(forgetter_.forgotten().empty());
  forgetter_.outcome = pipeline::ForgetOutcome::kConnected;
  EXPECT_THAT(Body(Post(path, R"({"stack": "shop", "host": "db-1"})"), 409),
              HasSubstr("shop-prod/db-1 is connected. Stop its agent first"));
  forgetter_.outcome = pipeline::ForgetOutcome::kNoAnswer;
  Body(Post(path, R"({"stack": "shop", "host": "db-1"})"), 503);
}

TEST_F(ChangeTest, NobodyChangesAnythingWithoutTheKey) {
  for (const char* shown : {"", "Bearer wrong", "Basic right", "right"}) {
    Request request = Post("/api/v1/tokens", kCreate);
    request.authorization = shown;
    const std::string body = Body(request, 401);
    EXPECT_THAT(body, HasSubstr("operator.key"));
    EXPECT_THAT(body, Not(HasSubstr("wrong\"")));
  }
  EXPECT_TRUE(joining_->Tokens()->empty());
}

TEST_F(ChangeTest, ALookNeedsNoKeyButNoPageOfAnotherSiteMayAskForOne) {
  pictures_.Set(fakes::AllWell());
  Request request = Post("/api/v1/looks", R"({"stack": "shop"})");
  request.authorization = "";
  const std::string body = Body(request, 200);
  EXPECT_THAT(body, HasSubstr(R"("hosts":2,"asked_at":"2026-11-22T03:14:07.412Z")"));
  EXPECT_EQ(looks_.stacks().size(), 1u);
  EXPECT_THAT(Body(Get("/api/v1/verify?stack=shop&since=2026-11-22T03:14:07.412Z"), 200),
              HasSubstr("\"name\":\"Port check\""));

  request.origins = {"https://evil.example"};
  Body(request, 403);
  request.origins.clear();
  request.content_type = "text/plain";
  Body(request, 415);
  Body(Get("/api/v1/looks"), 405);
  Body(Post("/api/v1/looks", R"({"stack": "blog"})"), 404);
  Body(Post("/api/v1/looks", "[]"), 400);
  EXPECT_EQ(looks_.stacks().size(), 1u);
}

TEST_F(ChangeTest, AWebPageOfAnotherSiteChangesNothing) {
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1:8080",
                             "http://127.0.0.1:7480.evil.example", ""}) {
    Request request = Post("/api/v1/tokens", kCreate);
    request.origins = {origin};
    Body(request, 403);
  }
  Request two = Post("/api/v1/tokens", kCreate);
  two.origins = {"http://127.0.0.1:7480", "https://evil.example"};
  Body(two, 403);
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data", "text/plain; application/json"}) {
    Request request = Post("/api/v1/tokens", kCreate);
    request.content_type = type;
    Body(request, 415);
  }
  EXPECT_TRUE(joining_->Tokens()->empty());
  Request own = Post("/api/v1/tokens", kCreate);
  own.origins = {"http://127.0.0.1:7480"};
  own.content_type = "Application/JSON; charset=utf-8";
  Body(own, 200);
}

TEST_F(ChangeTest, ABodyIsBoundedJsonOfTheCall) {
  Body(Post("/api/v1/tokens", std::string(kMaxChangeBytes + 1, ' ')), 413);
  for (const char* body : {"", "x", "[]", R"({"no_such_field": 1})", R"({"uses": "many"})"}) {
    EXPECT_THAT(Body(Post("/api/v1/tokens", body), 400), HasSubstr("invalid_argument")) << body;
  }
  EXPECT_THAT(Body(Post("/api/v1/tokens", R"({"roles": ["db"]})"), 400), HasSubstr("stack: "));
}

TEST_F(ChangeTest, EveryPathTakesItsOwnMethods) {
  Request request = Post("/api/v1/hosts", "{}");
  EXPECT_EQ(site_->Handle(request).status, 405);
  EXPECT_EQ(site_->Handle(Get("/api/v1/hosts/revoke")).status, 405);
  EXPECT_EQ(site_->Handle(Get("/api/v1/tokens/abcdefghij/revoke")).status, 405);
  EXPECT_EQ(site_->Handle(Post("/api/v1/tokens/abcdefghij", "{}")).status, 404);
  EXPECT_EQ(site_->Handle(Post("/api/v1/tokens/abcdefghij/revoke", "{}")).status, 404);
  Request foreign = Post("/api/v1/tokens", kCreate);
  foreign.hosts = {"evil.example"};
  EXPECT_EQ(site_->Handle(foreign).status, 421);
}

TEST_F(ChangeTest, ACollectorWithoutAnAuthoritySaysSo) {
  site_ = MakeSite(nullptr);
  EXPECT_THAT(Body(Get("/api/v1/tokens"), 409), HasSubstr("not a certificate authority"));
  EXPECT_THAT(Body(Post("/api/v1/tokens", kCreate), 409), HasSubstr("tls"));
}

TEST_F(ChangeTest, TryingAChannelNeedsTheKey) {
  Request request = Post("/api/v1/channels/test", R"({"channel": "pager"})");
  EXPECT_THAT(Body(request, 404), HasSubstr("there are no channels"));
  request.authorization = "Bearer wrong";
  Body(request, 401);
  EXPECT_THAT(Body(Get("/api/v1/channels"), 200), HasSubstr("\"channels\":[]"));
}

}  // namespace
}  // namespace faultline::http
