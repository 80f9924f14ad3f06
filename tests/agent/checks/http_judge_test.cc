#include "agent/checks/http_judge.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::checks {
namespace {

HttpExpectation Expecting() {
  HttpExpectation expected;
  expected.shown = "https://app.example/ (at 127.0.0.1:443)";
  expected.host = "app.example";
  expected.statuses = {{200, 200}};
  expected.timeout = Span::Seconds(5);
  return expected;
}

host::HttpResult AnsweredWith(int status, const std::string& body = "",
                              const std::string& location = "") {
  host::HttpResult result;
  result.answer = host::HttpAnswer{.status = status, .location = location, .body = body};
  result.times.connect = Span::Millis(1);
  result.first_byte = Span::Millis(2);
  result.total = Span::Millis(3);
  return result;
}

host::HttpResult Failed(host::StreamEndKind kind, host::StreamStage stage,
                        host::TcpAnswerKind tcp = host::TcpAnswerKind::kOpen) {
  host::HttpResult result;
  result.failure = host::StreamEnd{.kind = kind, .stage = stage};
  result.failure->tcp.kind = tcp;
  return result;
}

std::string SaysOfHttp(const Observation& seen) {
  return std::string(StateName(seen.state)) + (seen.reason.empty() ? "" : " " + seen.reason);
}
std::string JudgeWord(const HttpExpectation& expected, const host::HttpResult& result) {
  return SaysOfHttp(JudgeHttp(expected, result, false).observation);
}

TEST(HttpJudgeTest, AStatusIsRightOrNamedByItsReason) {
  const struct {
    int status;
    const char* says;
  } table[] = {{200, "OK"},
               {204, "CRITICAL STATUS_OTHER"},
               {301, "CRITICAL STATUS_OTHER"},
               {404, "CRITICAL STATUS_OTHER"},
               {500, "CRITICAL STATUS_OTHER"},
               {502, "CRITICAL STATUS_502"},
               {503, "CRITICAL STATUS_OTHER"},
               {504, "CRITICAL STATUS_504"}};
  for (const auto& row : table) {
    EXPECT_EQ(JudgeWord(Expecting(), AnsweredWith(row.status)), row.says) << row.status;
  }
  HttpExpectation unusual = Expecting();
  unusual.statuses = {{500, 599}};
  EXPECT_EQ(JudgeWord(unusual, AnsweredWith(502)), "OK");
  EXPECT_EQ(JudgeWord(unusual, AnsweredWith(200)), "CRITICAL STATUS_OTHER");
}

TEST(HttpJudgeTest, TheNumberIsInTheDetail) {
  EXPECT_EQ(JudgeHttp(Expecting(), AnsweredWith(418), false).observation.detail,
            "https://app.example/ (at 127.0.0.1:443) answers 418");
}

TEST(HttpJudgeTest, ARedirectToHttpsIsWhatItIs) {
  HttpExpectation expected = Expecting();
  expected.redirect_to_https = true;
  for (const int status : {301, 302, 307, 308}) {
    EXPECT_EQ(JudgeWord(expected, AnsweredWith(status, "", "https://app.example/")), "OK")
        << status;
  }
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(200)), "CRITICAL NO_HTTPS_REDIRECT");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(404)), "CRITICAL NO_HTTPS_REDIRECT");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(303, "", "https://app.example/")),
            "CRITICAL NO_HTTPS_REDIRECT");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(301, "", "http://app.example/")),
            "CRITICAL NO_HTTPS_REDIRECT");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(301, "", "https://evil.example/")),
            "CRITICAL NO_HTTPS_REDIRECT");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(301)), "CRITICAL NO_HTTPS_REDIRECT");
  // What is broken behind it is another story.
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(502)), "CRITICAL STATUS_502");
}

TEST(HttpJudgeTest, ABodyMustMatchWhereOneIsExpected) {
  const RE2 pattern(R"("status":\s*"ok")");
  HttpExpectation expected = Expecting();
  expected.body = &pattern;
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(200, R"({"status": "ok"})")), "OK");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(200, "It works!")), "CRITICAL BODY_MISMATCH");
  EXPECT_EQ(JudgeWord(expected, AnsweredWith(503, R"({"status": "ok"})")), "CRITICAL STATUS_OTHER");
}

TEST(HttpJudgeTest, EachWayToNoAnswerHasItsReasonAndSaysWhere) {
  using host::StreamEndKind;
  using host::StreamStage;
  using host::TcpAnswerKind;
  const struct {
    StreamEndKind kind;
    StreamStage stage;
    TcpAnswerKind tcp;
    const char* says;
    const char* where;
  } table[] = {
      {StreamEndKind::kTimeout, StreamStage::kConnecting, TcpAnswerKind::kOpen, "CRITICAL TIMEOUT",
       "takes no connection within 5s"},
      {StreamEndKind::kTimeout, StreamStage::kHandshaking, TcpAnswerKind::kOpen, "CRITICAL TIMEOUT",
       "TLS handshake did not end"},
      {StreamEndKind::kTimeout, StreamStage::kOpen, TcpAnswerKind::kOpen, "CRITICAL TIMEOUT",
       "took the request, but did not answer"},
      {StreamEndKind::kTcp, StreamStage::kConnecting, TcpAnswerKind::kRefused, "CRITICAL REFUSED",
       "refused the connection"},
      {StreamEndKind::kTcp, StreamStage::kOpen, TcpAnswerKind::kReset, "CRITICAL RESET",
       "reset the connection without an answer"},
      {StreamEndKind::kClosed, StreamStage::kOpen, TcpAnswerKind::kOpen, "CRITICAL RESET",
       "closed the connection without an answer"},
      {StreamEndKind::kClosed, StreamStage::kHandshaking, TcpAnswerKind::kOpen, "CRITICAL RESET",
       "during the TLS handshake"},
      {StreamEndKind::kTcp, StreamStage::kConnecting, TcpAnswerKind::kHostUnreachable,
       "CRITICAL HOST_UNREACHABLE", "cannot be reached"},
      {StreamEndKind::kTcp, StreamStage::kConnecting, TcpAnswerKind::kNetUnreachable,
       "CRITICAL NET_UNREACHABLE", "no route"},
      {StreamEndKind::kTcp, StreamStage::kConnecting, TcpAnswerKind::kAdminProhibited,
       "CRITICAL ADMIN_PROHIBITED", "prohibits"},
      {StreamEndKind::kTcp, StreamStage::kConnecting, TcpAnswerKind::kCannotProbe,
       "UNKNOWN CANNOT_PROBE", "this host cannot connect"},
      {StreamEndKind::kTls, StreamStage::kHandshaking, TcpAnswerKind::kOpen, "CRITICAL TLS_FAILED",
       "no TLS with"},
  };
  for (const auto& row : table) {
    const Observation seen =
        JudgeHttp(Expecting(), Failed(row.kind, row.stage, row.tcp), false).observation;
    EXPECT_EQ(SaysOfHttp(seen), row.says);
    EXPECT_NE(seen.detail.find(row.where), std::string::npos) << seen.detail;
  }
}

TEST(HttpJudgeTest, AnAnswerThatBeganAndDidNotEndSaysSo) {
  host::HttpResult result = Failed(host::StreamEndKind::kTimeout, host::StreamStage::kOpen);
  result.first_byte = Span::Millis(3);
  EXPECT_NE(JudgeHttp(Expecting(), result, false).observation.detail.find("began to answer"),
            std::string::npos);
}

TEST(HttpJudgeTest, WhatIsNoHttpIsABadAnswer) {
  host::HttpResult result;
  result.not_http = "bad version";
  EXPECT_EQ(JudgeWord(Expecting(), result), "CRITICAL BAD_ANSWER");
}

TEST(HttpJudgeTest, AnUnreadableAuthorityIsOurOwnMistake) {
  host::HttpResult result;
  result.cannot = "/etc/ca.pem cannot be read";
  EXPECT_EQ(JudgeWord(Expecting(), result), "UNKNOWN CA_UNREADABLE");
}

TEST(HttpJudgeTest, ACertificateThatCannotBeVerifiedCountsUnlessToldNotTo) {
  host::HttpResult result = AnsweredWith(200);
  result.tls =
      host::TlsFacts{.doubts = {{host::TlsDoubtKind::kExpired, 0, "certificate has expired"}}};
  const Observation seen = JudgeHttp(Expecting(), result, false).observation;
  EXPECT_EQ(SaysOfHttp(seen), "CRITICAL TLS_FAILED");
  EXPECT_NE(seen.detail.find("certificate has expired"), std::string::npos) << seen.detail;
  HttpExpectation careless = Expecting();
  careless.verify = false;
  EXPECT_EQ(JudgeWord(careless, result), "OK");
}

TEST(HttpJudgeTest, OnlyTheSecondSlowAnswerInARowIsAWarning) {
  HttpExpectation expected = Expecting();
  expected.slow = Span::Millis(2);
  const HttpVerdict first = JudgeHttp(expected, AnsweredWith(200), false);
  EXPECT_EQ(SaysOfHttp(first.observation), "OK");
  EXPECT_TRUE(first.slow);
  const HttpVerdict second = JudgeHttp(expected, AnsweredWith(200), true);
  EXPECT_EQ(SaysOfHttp(second.observation), "WARNING SLOW");
  EXPECT_NE(second.observation.detail.find("3.0ms"), std::string::npos);
  expected.slow = Span::Millis(3);
  EXPECT_FALSE(JudgeHttp(expected, AnsweredWith(200), true).slow);
  // A wrong answer is wrong, however slow.
  expected.slow = Span::Millis(2);
  EXPECT_EQ(SaysOfHttp(JudgeHttp(expected, AnsweredWith(502), true).observation),
            "CRITICAL STATUS_502");
}

TEST(HttpJudgeTest, AnErrorsBodyIsEvidenceAndADatabaseErrorALineOfItsOwn) {
  const Observation seen =
      JudgeHttp(
          Expecting(),
          AnsweredWith(503, R"({"errno": 2003, "error": "Can't connect", "password": "x1y2"})"),
          false)
          .observation;
  ASSERT_GE(seen.evidence.size(), 2u);
  EXPECT_EQ(seen.evidence[0].text, "the application's database error: 2003 Can't connect");
  EXPECT_NE(seen.evidence[1].text.find("its body: "), std::string::npos);
  EXPECT_EQ(seen.evidence[1].text.find("x1y2"), std::string::npos) << seen.evidence[1].text;
}

TEST(HttpJudgeTest, WellMeansNoEvidenceButGauges) {
  const Observation seen = JudgeHttp(Expecting(), AnsweredWith(200, "hello"), false).observation;
  EXPECT_TRUE(seen.evidence.empty());
  ASSERT_EQ(seen.gauges.size(), 3u);
  EXPECT_EQ(seen.gauges[0].name, "http_status_code");
  EXPECT_EQ(seen.gauges[0].value, 200);
  EXPECT_EQ(seen.gauges[1].name, "http_duration_seconds");
  EXPECT_EQ(seen.gauges[2].name, "http_connect_duration_seconds");
}

TEST(HttpJudgeTest, GaugesProveChainAndBodyWhateverTheCheckMinds) {
  const auto gauge = [](const Observation& seen, const std::string& name) {
    for (const GaugeValue& each : seen.gauges) {
      if (each.name == name) return each.value;
    }
    return -1.0;
  };
  const RE2 pattern("\"status\": *\"ok\"");
  HttpExpectation expected = Expecting();
  expected.verify = false;
  host::HttpResult result = AnsweredWith(200, R"({"status":"ok"})");
  Observation seen = JudgeHttp(expected, result, false).observation;
  EXPECT_EQ(gauge(seen, "http_body_matches"), -1) << "not asked for";
  EXPECT_EQ(gauge(seen, "http_tls_verified"), -1) << "no TLS";
  expected.body = &pattern;
  result.tls.emplace();
  seen = JudgeHttp(expected, result, false).observation;
  EXPECT_EQ(gauge(seen, "http_body_matches"), 1);
  EXPECT_EQ(gauge(seen, "http_tls_verified"), 1);
  result.answer->body = "{}";
  result.tls->doubts.emplace_back();
  seen = JudgeHttp(expected, result, false).observation;
  EXPECT_EQ(seen.reason, "BODY_MISMATCH");
  EXPECT_EQ(gauge(seen, "http_body_matches"), 0);
  EXPECT_EQ(gauge(seen, "http_tls_verified"), 0);
}

}  // namespace
}  // namespace faultline::checks
