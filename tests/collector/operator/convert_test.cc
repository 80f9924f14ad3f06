#include "collector/operator/convert.h"

#include <gtest/gtest.h>

#include "google/protobuf/util/json_util.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::operator_api {
namespace {

using namespace fakes;

TEST(ConvertTest, ATimeKeepsItsNanosecondsAlsoBeforeTheEpoch) {
  google::protobuf::Timestamp time;
  SetTime(kStopped, &time);
  EXPECT_EQ(time.seconds(), 1795317247);
  EXPECT_EQ(time.nanos(), 412'000'000);
  SetTime(WallTime{-1}, &time);
  EXPECT_EQ(time.seconds(), -1);
  EXPECT_EQ(time.nanos(), 999'999'999);
}

TEST(ConvertTest, TheWorstStateOfAHostIsThatOfItsChecks) {
  EXPECT_EQ(ToProto(DbHost()).worst(), v1::STATE_OK);
  EXPECT_EQ(ToProto(StoppedDbHost()).worst(), v1::STATE_CRITICAL);
  model::HostPicture empty = DbHost();
  empty.checks.clear();
  EXPECT_EQ(ToProto(empty).worst(), v1::STATE_UNSPECIFIED);
  EXPECT_EQ(ToProto(empty).checks(), 0u);
}

TEST(ConvertTest, AHostCarriesItsIdentityLinkAndClock) {
  const v1::Host host = ToProto(DbHost());
  EXPECT_EQ(host.stack().stack(), "shop");
  EXPECT_EQ(host.stack().env(), "prod");
  EXPECT_EQ(host.name(), "db-1");
  EXPECT_EQ(host.role(), "db");
  EXPECT_EQ(host.link(), v1::Host::LINK_CONNECTED);
  EXPECT_EQ(host.addresses(0), "10.0.2.10");
  EXPECT_DOUBLE_EQ(host.clock_offset_seconds(), 0.003);
  EXPECT_DOUBLE_EQ(host.clock_uncertainty_seconds(), 0.001);
  EXPECT_EQ(host.instance_id(), "i-0abc");
}

TEST(ConvertTest, AChecksStateIsStaleOnceItsHostIsNotConnected) {
  model::HostPicture host = DbHost();
  EXPECT_FALSE(ToProto(host, host.checks.at(kMysqlUnit)).stale());
  host.link = model::LinkState::kSilent;
  EXPECT_TRUE(ToProto(host, host.checks.at(kMysqlUnit)).stale());
  const model::CheckPicture own = OkCheck({"agent", "db-1", ""}, "agent db-1");
  EXPECT_FALSE(ToProto(host, own).stale()) << "the collector's own word goes on";
}

TEST(ConvertTest, WhatTheSystemTellsHeldUntilItsHostWasHeardLast) {
  model::HostPicture host = DbHost();
  model::CheckPicture& unit = host.checks.at(kMysqlUnit);
  unit.observed = kStopped - Span::Seconds(86'400);
  host.last_heard = kStopped;
  host.link = model::LinkState::kSilent;
  EXPECT_EQ(ToProto(host, unit).observed_at().seconds(), kStopped.ns / 1'000'000'000);
  unit.interval = Span::Seconds(10);
  EXPECT_EQ(ToProto(host, unit).observed_at().seconds(), kStopped.ns / 1'000'000'000 - 86'400);
}

TEST(ConvertTest, WhatOfAHostCannotBeUsedIsSaidWithIt) {
  model::HostPicture host = DbHost();
  host.refused = {{.name = "log:caf\xe9", .why = "target: ...", .at = kStopped, .times = 3}};
  const v1::Host shown = ToProto(host);
  ASSERT_EQ(shown.refused_size(), 1);
  EXPECT_EQ(shown.refused(0).name(), "log:caf?");
  EXPECT_EQ(shown.refused(0).why(), "target: ...");
  EXPECT_EQ(shown.refused(0).times(), 3u);
}

TEST(ConvertTest, ACheckCarriesReasonEvidenceAndGauges) {
  model::HostPicture host = StoppedDbHost();
  host.checks[kMysqlUnit].gauges = {{"restarts", 3}};
  const v1::Check check = ToProto(host, host.checks.at(kMysqlUnit));
  EXPECT_EQ(check.id(), "unit:mysql.service");
  EXPECT_EQ(check.state(), v1::STATE_CRITICAL);
  EXPECT_EQ(check.reason(), "UNIT_INACTIVE");
  ASSERT_EQ(check.evidence_size(), 2);
  EXPECT_EQ(check.evidence(0).wall_ns(), kStopped.ns);
  ASSERT_EQ(check.gauges_size(), 1);
  EXPECT_EQ(check.gauges(0).value(), 3);
}

TEST(ConvertTest, TimesThatAreNotKnownStayUnset) {
  model::HostPicture host = DbHost();
  host.checks[kMysqlUnit].since = {};
  EXPECT_FALSE(ToProto(host, host.checks.at(kMysqlUnit)).has_since());
  EXPECT_FALSE(ToProto(DatabaseDown()).has_resolved_at());
  EXPECT_FALSE(ToProto(ServiceDown()).has_resolved_at());
}

TEST(ConvertTest, AnIncidentKeepsTheLinesOfItsTextAndNamesTheHostOfItsEvidence) {
  const v1::Incident incident = ToProto(DatabaseDown());
  EXPECT_EQ(incident.text(), DatabaseDown().text);
  EXPECT_EQ(incident.evidence(1).text(), "db-1: nothing listens on 3306");
  EXPECT_EQ(incident.severity(), "critical");
  EXPECT_EQ(incident.state(), v1::Incident::STATE_OPEN);
  EXPECT_EQ(incident.opened_monotonic_ns(), 987654321u);
  EXPECT_EQ(incident.alerts(0).id(), AlertPath(ServiceDown()));
}

TEST(ConvertTest, AnAlertsIdIsTheSpecifiedOneWhateverTheStoreCallsIt) {
  rules::Alert alert = ServiceDown();
  alert.id = "shop/prod/db-1/unit:mysql.service/ServiceDown";
  EXPECT_EQ(ToProto(alert).id(), "shop-prod/db-1/unit:mysql.service/ServiceDown");
  alert.host.stack.env.clear();
  EXPECT_EQ(ToProto(alert).id(), "shop/db-1/unit:mysql.service/ServiceDown");
}

TEST(ConvertTest, HostileBytesBecomeJsonThatCanBeRead) {
  incidents::Incident incident = DatabaseDown();
  incident.title = std::string("a\0b\xff\xc3 \x1b[31m", 11);
  incident.text = "one\x01\ntwo\xfe\r\nthree";
  const v1::Incident out = ToProto(incident);
  EXPECT_EQ(out.text(), "one \ntwo? \nthree");
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(out, &json).ok());
  v1::Incident back;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &back).ok());
  EXPECT_EQ(back.title(), out.title());
  EXPECT_EQ(back.title().find('\x1b'), std::string::npos);
}

TEST(ConvertTest, ATextOfEndlessLinesIsCut) {
  incidents::Incident incident = DatabaseDown();
  incident.text = std::string(100'000, '\n');
  EXPECT_LT(ToProto(incident).text().size(), 1000u);
}

TEST(ConvertTest, ARemovedCheckIsNamedByStackHostAndId) {
  EXPECT_EQ(CheckPath(kDb, kMysqlUnit), "shop-prod/db-1/unit:mysql.service");
}

}  // namespace
}  // namespace faultline::operator_api
