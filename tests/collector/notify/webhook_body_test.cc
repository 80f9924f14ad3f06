#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "collector/notify/json_writer.h"
#include "collector/notify/notify.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"

namespace faultline::notify {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime kSent{1795317247425 * int64_t{1'000'000}};

// An independent parser's view.
google::protobuf::Struct Parse(const std::string& json) {
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &parsed);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << json;
  return parsed;
}

TEST(WebhookBodyTest, HoldsEveryFieldInItsOrder) {
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
      R"("state":"firing","reason":"UNIT_STOPPING"}],)"
      R"("url":"https://faultline.example/incidents/42"})";
  const std::string body = WebhookBody(SampleNotification(), kSent, "https://faultline.example");
  EXPECT_EQ(body, expected);
  EXPECT_EQ(Parse(body).fields().at("incident").number_value(), 42);
}

TEST(WebhookBodyTest, AResolvedIncidentSaysWhen) {
  incidents::Notification notification = SampleNotification(42, 2);
  notification.incident.resolved_at = kSent;
  notification.incident.alerts.clear();
  notification.incident.evidence.clear();
  const auto parsed = Parse(WebhookBody(notification, kSent, ""));
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
  const auto parsed = Parse(WebhookBody(notification, kSent, ""));
  EXPECT_EQ(parsed.fields().at("severity").string_value(), "critical");
  EXPECT_THAT(parsed.fields().at("title").string_value(), HasSubstr("\",\"severity\":\"info\"}\\"));
  EXPECT_THAT(parsed.fields().at("title").string_value(), Not(HasSubstr("\n")));
  EXPECT_THAT(parsed.fields().at("text").string_value(), testing::EndsWith("\nsecond line"));
  EXPECT_LE(parsed.fields().at("host").string_value().size(), 1024u);
}

TEST(JsonWriterTest, SeparatesAndNests) {
  JsonWriter json;
  json.BeginArray().BeginObject().EndObject().BeginObject().Key("a").BeginArray().Number(1).Null();
  json.String("x\ty").EndArray().Field("b", "c").EndObject().String("end").EndArray();
  EXPECT_EQ(json.Take(), R"([{},{"a":[1,null,"x\u0009y"],"b":"c"},"end"])");
}

}  // namespace
}  // namespace faultline::notify
