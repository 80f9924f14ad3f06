// Numbers and texts as libmariadb 3.3.18 gave them.
#include "agent/host/mysql_failure.h"

#include <gtest/gtest.h>

namespace faultline::host {
namespace {

constexpr Span kTimeout = Span::Seconds(2);

struct Case {
  int number;
  const char* text;
  MySqlPhase phase;
  bool unix_socket;
  int took_ms;
  MySqlFailureKind want;
};

constexpr auto kLogin = MySqlPhase::kLogin;
constexpr auto kQuery = MySqlPhase::kQuery;

const Case kCases[] = {
    {1045, "Access denied for user 'root'@'127.0.0.1' (using password: YES)", kLogin, false, 2,
     MySqlFailureKind::kServerError},
    {1040, "Too many connections", kLogin, false, 2, MySqlFailureKind::kServerError},
    {4151, "Access denied, this account is locked", kLogin, false, 2,
     MySqlFailureKind::kServerError},
    {2002, "Can't connect to server on '127.0.0.1' (115)", kLogin, false, 2,
     MySqlFailureKind::kRefused},
    {2002, "Can't connect to server on '10.0.2.10' (115)", kLogin, false, 2002,
     MySqlFailureKind::kConnectTimeout},
    {2002, "Can't connect to local server through socket '/tmp/s' (2)", kLogin, true, 2,
     MySqlFailureKind::kNoSocket},
    {2002, "Can't connect to local server through socket '/tmp/s' (111)", kLogin, true, 2,
     MySqlFailureKind::kNoSocket},
    {2002, "Can't connect to local server through socket '/tmp/s' (13)", kLogin, true, 2,
     MySqlFailureKind::kSocketDenied},
    {2002, "Can't connect to local server through socket '/tmp/s' (11)", kLogin, true, 2,
     MySqlFailureKind::kNoAnswer},
    {2013,
     "Lost connection to server at 'handshake: reading initial communication packet', system "
     "error: 110",
     kLogin, false, 2008, MySqlFailureKind::kNoAnswer},
    {2013, "Lost connection to server at 'reading authorization packet', system error: 11", kLogin,
     false, 28, MySqlFailureKind::kClosed},
    {2013, "Lost connection to server during query", kQuery, false, 2003,
     MySqlFailureKind::kNoAnswer},
    {2006, "Server has gone away", kQuery, false, 0, MySqlFailureKind::kClosed},
    {2026, "TLS/SSL error: self-signed certificate in certificate chain", kLogin, false, 18,
     MySqlFailureKind::kTls},
    {2059, "Authentication plugin 'x' cannot be loaded", kLogin, false, 5,
     MySqlFailureKind::kAuthPlugin},
    {2061, "Couldn't read RSA public key from server", kLogin, false, 50,
     MySqlFailureKind::kAuthPlugin},
    {2007, "Protocol mismatch; server version = 72, client version = 10", kLogin, false, 2,
     MySqlFailureKind::kNotMySql},
    {2027, "Malformed packet", kLogin, false, 2, MySqlFailureKind::kNotMySql},
    {2027, "Malformed packet", kQuery, false, 2, MySqlFailureKind::kClosed},
    {0, "Unable to connect", kLogin, false, 2, MySqlFailureKind::kCannotTry},
};

TEST(MySqlFailure, EachErrorHasItsKind) {
  for (const Case& each : kCases) {
    const MySqlFailure failure = ClassifyMySqlError(
        each.number, each.text, each.phase, each.unix_socket, Span::Millis(each.took_ms), kTimeout);
    EXPECT_EQ(failure.kind, each.want) << each.number << " " << each.text;
    EXPECT_EQ(failure.number, each.number);
  }
}

TEST(MySqlFailure, TheTextIsBoundedAndOneLine) {
  const MySqlFailure failure = ClassifyMySqlError(1045, "a\nb\x1b[31m" + std::string(5000, 'x'),
                                                  kLogin, false, Span{}, kTimeout);
  EXPECT_LE(failure.text.size(), 256u);
  EXPECT_EQ(failure.text.find_first_of("\n\x1b"), std::string::npos);
}

TEST(MySqlFailure, BytesOfTheHandshakeAreNeverPrinted) {
  const MySqlFailure failure = ClassifyMySqlError(
      5010,
      "Authentication plugin '\x01scramble' couldn't be found in restricted_auth plugin list.",
      kLogin, false, Span{}, kTimeout);
  EXPECT_EQ(failure.kind, MySqlFailureKind::kAuthPlugin);
  EXPECT_EQ(failure.text.find("scramble"), std::string::npos);
}

}  // namespace
}  // namespace faultline::host
