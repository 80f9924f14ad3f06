// Why a login or a query failed, from what libmariadb says of it: PURE.
#pragma once

#include <string>
#include <string_view>

#include "common/clock.h"

namespace faultline::host {

enum class MySqlFailureKind {
  kNone,
  kServerError,     // the server answered with an error of its own: `number`
  kRefused,         // no connection: refused, rejected, or unreachable. The server saw nothing
  kNoSocket,        // no unix socket there, or nobody listens on it
  kSocketDenied,    // this process may not connect to the unix socket
  kConnectTimeout,  // no connection within the deadline. The server saw nothing
  kNoAnswer,        // connected, then silence for the whole deadline: a hung server
  kClosed,          // connected, then closed by the server before it answered
  kTls,             // no TLS, or a certificate that does not hold
  kAuthPlugin,      // the server wants a way to log in that we have not, or do not allow
  kNotMySql,        // what answers does not speak MySQL
  kCannotTry,       // this process could not even try
};

struct MySqlFailure {
  MySqlFailureKind kind = MySqlFailureKind::kNone;
  int number = 0;    // of the server's error, or of libmariadb's (2000 and more)
  std::string text;  // from outside, bounded and clean; without secrets

  bool failed() const { return kind != MySqlFailureKind::kNone; }
};

enum class MySqlPhase { kLogin, kQuery };

// `number` and `text` as sql::SQLException gives them; `took` since the call began. Numbers of
// libmariadb: errmsg.h (CR_...). Its 2002 always carries EINPROGRESS for TCP, so that only time
// tells a refusal from silence (measured with 3.3.18).
MySqlFailure ClassifyMySqlError(int number, std::string_view text, MySqlPhase phase,
                                bool unix_socket, Span took, Span timeout);

}  // namespace faultline::host
