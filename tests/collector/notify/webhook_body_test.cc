#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include "collector/notify/webhook_body.h"
#include "collector/operator/json.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"

namespace faultline::notify {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::HasSubstr;
using testing::Not;

constexpr WallTime kSent{1795317247425 * int64_t{1'000'000}};

std::string Body(const incidents::Notification& notification, const std::string& base_url = "") {
  return operator_api::ToJson(WebhookBodyOf(notification, kSent, base_url));
}

// An independent parser's view.
google::protobuf::Struct Parse(const std::string& json) {
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &parsed);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << json;
  return parsed;
}

// What receivers read: a key that goes, or another form of its value, breaks them.
TEST(WebhookBodyTest, HoldsEveryFieldInTheFormThatReceiversKnow) {
  const std::string expected =
      R"({"version":"1","event":"opened","dedup_key":"shop-prod/database/42","incident":42,)"
      R"("sequence":1,"stack":"shop","env":"prod","severity":"critical","subject":"database",)"
      R"("host":"db-1","reason":"UNIT_STOPPING",)"
      R"("title":"CRITICAL shop-prod: database down. mysql.service on db-1 is being stopped.",)"
      R"("text":"CRITICAL shop-prod: database down. mysql.service on db-1 is being stopped.\n)"
      R"(Since: 2026-11-22 03:14:07.412 UTC",)"
      R"("since":"2026-11-22T03:14:07.412Z","sent_at":"2026-11-22T03:14:07.425Z",)"
      R"("opened_at":"2026-11-22T03:14:07.420Z","resolved_at":null,)"
      R"("evidence":[{"host":"db-1","observed_at":"2026-11-22T03:14:07.412Z",)"
      R"("text":"systemd stop job 4711, no start queued"}],)"
      R"("alerts":[{"name":"ServiceDown","host":"db-1","check":"unit:mysql.service",)"
      R"("state":"firing","reason":"UNIT_STOPPING",)"
      R"("id":"shop-prod/db-1/unit:mysql.service/ServiceDown"}],)"
      R"("url":"https://faultline.example/incidents/42"})";
  const std::string body = Body(SampleNotification(), "https://faultline.example");
  EXPECT_TRUE(MessageDifferencer::Equals(Parse(body), Parse(expected))) << body;
  EXPECT_EQ(Parse(body).fields().at("incident").number_value(), 42);
}

TEST(WebhookBodyTest, AResolvedIncidentSaysWhen) {
  incidents::Notification notification = SampleNotification(42, 2);
  notification.incident.resolved_at = kSent;
  notification.incident.alerts.clear();
  notification.incident.evidence.clear();
  const auto parsed = Parse(Body(notification));
  EXPECT_EQ(parsed.fields().at("event").string_value(), "resolved");
  EXPECT_EQ(parsed.fields().at("resolved_at").string_value(), "2026-11-22T03:14:07.425Z");
  EXPECT_EQ(parsed.fields().at("sequence").number_value(), 2);
  EXPECT_TRUE(parsed.fields().at("url").has_null_value()) << "no base URL, no link";
  EXPECT_EQ(parsed.fields().at("alerts").list_value().values_size(), 0);
  EXPECT_EQ(parsed.fields().at("evidence").list_value().values_size(), 0);
}

TEST(WebhookBodyTest, HostileTextStaysInsideItsString) {
  incidents::Notification notification = SampleNotification();
  std::string hostile = "\",\"severity\":\"info\"}\\";
  for (int c = 0; c < 256; ++c) hostile += static_cast<char>(c);
  notification.incident.title = hostile;
  notification.incident.text = hostile + "\nsecond line";
  notification.incident.evidence[0].text = hostile;
  notification.incident.host = std::string(100'000, 'h');
  const auto parsed = Parse(Body(notification));
  EXPECT_EQ(parsed.fields().at("severity").string_value(), "critical");
  EXPECT_THAT(parsed.fields().at("title").string_value(), HasSubstr("\",\"severity\":\"info\"}\\"));
  EXPECT_THAT(parsed.fields().at("title").string_value(), Not(HasSubstr("\n")));
  EXPECT_THAT(parsed.fields().at("text").string_value(), testing::EndsWith("\nsecond line"));
  EXPECT_LE(parsed.fields().at("host").string_value().size(), 1024u);
}

TEST(WebhookBodyTest, AWholeSecondHasMillisecondsToo) {
  incidents::Notification notification = SampleNotification();
  notification.incident.since = {1795317247 * int64_t{1'000'000'000}};
  notification.incident.evidence[0].at = {};
  const auto parsed = Parse(Body(notification));
  EXPECT_EQ(parsed.fields().at("since").string_value(), "2026-11-22T03:14:07.000Z");
  const auto& evidence = parsed.fields().at("evidence").list_value().values(0).struct_value();
  EXPECT_TRUE(evidence.fields().at("observed_at").has_null_value());
}

TEST(WebhookBodyTest, AnAlertsIdIsTheOneOfTheApiWhateverTheStoreCallsIt) {
  incidents::Notification notification = SampleNotification();
  notification.incident.alerts[0].id = "shop/prod/db-1/unit:mysql.service/ServiceDown";
  EXPECT_EQ(WebhookBodyOf(notification, kSent, "").alerts(0).id(),
            "shop-prod/db-1/unit:mysql.service/ServiceDown");
}

TEST(WebhookBodyTest, AMessageAboutNoIncidentLinksToThePage) {
  incidents::Notification said = SampleNotification(0);
  EXPECT_EQ(WebhookBodyOf(said, {}, "https://f.example").url().string_value(),
            "https://f.example/");
}

}  // namespace
}  // namespace faultline::notify
