#include "agent/checks/mysql_reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/text.h"

namespace faultline::checks {
namespace {

using host::MySqlFailureKind;
using testing::HasSubstr;

const MySqlAsked kFailedLogin = {.server = "10.0.2.10:3306",
                                 .user = "faultline",
                                 .database = "shop",
                                 .timeout = Span::Seconds(3)};

struct FailureCase {
  MySqlFailureKind kind;
  int number;
  State state;
  const char* reason;
  MySqlPace pace;
};

constexpr State kUs = State::kUnknown;      // our own misconfiguration
constexpr State kUsers = State::kCritical;  // hits everybody

const FailureCase kCases[] = {
    {MySqlFailureKind::kServerError, 1040, kUsers, "TOO_MANY_CONNECTIONS", MySqlPace::kSoon},
    {MySqlFailureKind::kServerError, 1044, kUs, "AUTH_DENIED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1045, kUs, "AUTH_DENIED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1698, kUs, "AUTH_DENIED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1049, kUsers, "UNKNOWN_DATABASE", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1053, kUsers, "SHUTTING_DOWN", MySqlPace::kSoon},
    {MySqlFailureKind::kServerError, 1129, kUsers, "HOST_BLOCKED", MySqlPace::kSteady},
    {MySqlFailureKind::kServerError, 1130, kUsers, "HOST_NOT_ALLOWED", MySqlPace::kSteady},
    {MySqlFailureKind::kServerError, 1203, kUs, "USER_LIMIT_REACHED", MySqlPace::kSoon},
    {MySqlFailureKind::kServerError, 1226, kUs, "USER_LIMIT_REACHED", MySqlPace::kSoon},
    {MySqlFailureKind::kServerError, 1227, kUs, "RIGHT_MISSING", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1251, kUs, "AUTH_PLUGIN", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1524, kUs, "AUTH_PLUGIN", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1820, kUs, "PASSWORD_EXPIRED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1862, kUs, "PASSWORD_EXPIRED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 3032, kUsers, "OFFLINE_MODE", MySqlPace::kSoon},
    {MySqlFailureKind::kServerError, 3118, kUs, "ACCOUNT_LOCKED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 3159, kUs, "TLS_REQUIRED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 4151, kUs, "ACCOUNT_LOCKED", MySqlPace::kSeldom},
    {MySqlFailureKind::kServerError, 1135, kUsers, "SERVER_ERROR", MySqlPace::kSoon},
    {MySqlFailureKind::kRefused, 2002, kUsers, "REFUSED", MySqlPace::kEachLook},
    {MySqlFailureKind::kNoSocket, 2002, kUsers, "REFUSED", MySqlPace::kEachLook},
    {MySqlFailureKind::kSocketDenied, 2002, kUs, "RIGHT_MISSING", MySqlPace::kSteady},
    {MySqlFailureKind::kConnectTimeout, 2002, kUsers, "TIMEOUT", MySqlPace::kEachLook},
    {MySqlFailureKind::kNoAnswer, 2013, kUsers, "NO_GREETING", MySqlPace::kSteady},
    {MySqlFailureKind::kClosed, 2013, kUsers, "CONNECTION_LOST", MySqlPace::kSoon},
    {MySqlFailureKind::kTls, 2026, kUsers, "TLS_FAILED", MySqlPace::kSteady},
    {MySqlFailureKind::kAuthPlugin, 2059, kUs, "AUTH_PLUGIN", MySqlPace::kSeldom},
    {MySqlFailureKind::kNotMySql, 2007, kUsers, "NOT_MYSQL", MySqlPace::kSoon},
    {MySqlFailureKind::kCannotTry, 0, kUs, "CANNOT_PROBE", MySqlPace::kSoon},
};

TEST(MySqlReasons, EachFailureHasItsMeaning) {
  for (const FailureCase& each : kCases) {
    const MySqlMeaning meaning = MeaningOf({each.kind, each.number, "text"}, kFailedLogin);
    EXPECT_EQ(meaning.state, each.state) << each.number;
    EXPECT_EQ(meaning.reason, each.reason) << each.number;
    EXPECT_EQ(meaning.pace, each.pace) << each.number;
  }
}

TEST(MySqlReasons, EachReasonIsDeclaredAndEachDeclaredOneIsUsed) {
  std::set<std::string> used;
  for (const FailureCase& each : kCases) used.insert(each.reason);
  std::set<std::string> declared;
  for (const ReasonDeclaration& reason : MySqlFailureReasons()) {
    EXPECT_TRUE(IsReasonName(reason.name));
    declared.insert(reason.name);
  }
  EXPECT_EQ(used, declared);
}

TEST(MySqlReasons, TheErrorsNumberAndTextAreInTheEvidence) {
  const Observation seen = DescribeMySqlFailure(
      {MySqlFailureKind::kServerError, 1129, "Host '10.0.1.5' is blocked"}, kFailedLogin);
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_EQ(seen.evidence[0].text, "error 1129 from 10.0.2.10:3306: Host '10.0.1.5' is blocked");
  EXPECT_THAT(seen.detail, HasSubstr("FLUSH HOSTS"));
}

TEST(MySqlReasons, TheDetailNamesUserAndDatabase) {
  EXPECT_THAT(MeaningOf({MySqlFailureKind::kServerError, 1045, ""}, kFailedLogin).detail,
              HasSubstr("\"faultline\""));
  EXPECT_THAT(MeaningOf({MySqlFailureKind::kServerError, 1049, ""}, kFailedLogin).detail,
              HasSubstr("\"shop\""));
}

TEST(MySqlReasons, AnErrorThatNobodyKnowsIsToldAsItIs) {
  EXPECT_THAT(
      DescribeMySqlFailure({MySqlFailureKind::kServerError, 4242, "the moon"}, kFailedLogin).detail,
      HasSubstr("error 4242 (the moon)"));
}

}  // namespace
}  // namespace faultline::checks
