#include "agent/host/mysql_failure.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "common/text.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxFailureText = 256;

constexpr int kSocketError = 2002;   // CR_CONNECTION_ERROR
constexpr int kHostError = 2003;     // CR_CONN_HOST_ERROR
constexpr int kUnknownHost = 2005;   // CR_UNKNOWN_HOST
constexpr int kServerGone = 2006;    // CR_SERVER_GONE_ERROR
constexpr int kVersionError = 2007;  // CR_VERSION_ERROR
constexpr int kServerLost = 2013;    // CR_SERVER_LOST
constexpr int kCommandsOutOfSync = 2014;
constexpr int kTlsError = 2026;         // CR_SSL_CONNECTION_ERROR
constexpr int kMalformedPacket = 2027;  // CR_MALFORMED_PACKET
constexpr int kServerLostExtended = 2055;
constexpr int kCannotLoadPlugin = 2059;  // CR_AUTH_PLUGIN_CANNOT_LOAD
constexpr int kPluginError = 2061;       // CR_AUTH_PLUGIN_ERR
constexpr int kRestrictedPlugin = 5010;  // CR_ERR_..., only with restricted-auth

// A deadline is kept to the second, and a busy machine is late.
bool WasDeadline(Span took, Span timeout) { return took.ns >= timeout.ns - timeout.ns / 20; }

// "... '/run/mysqld/mysqld.sock' (2)": the errno in the last parentheses, 0 without.
int TrailingErrno(std::string_view text) {
  const size_t open = text.rfind('(');
  if (open == std::string_view::npos) return 0;
  std::string_view inside = text.substr(open + 1);
  inside = inside.substr(0, inside.find(')'));
  int number = 0;
  return absl::SimpleAtoi(absl::string_view(inside.data(), inside.size()), &number) ? number : 0;
}

MySqlFailureKind NotConnected(std::string_view text, bool unix_socket, Span took, Span timeout) {
  if (unix_socket) {
    switch (TrailingErrno(text)) {
      case 13:  // EACCES
        return MySqlFailureKind::kSocketDenied;
      case 11:  // EAGAIN: nobody takes what waits in the backlog
        return MySqlFailureKind::kNoAnswer;
      default:
        return WasDeadline(took, timeout) ? MySqlFailureKind::kNoAnswer
                                          : MySqlFailureKind::kNoSocket;
    }
  }
  return WasDeadline(took, timeout) ? MySqlFailureKind::kConnectTimeout
                                    : MySqlFailureKind::kRefused;
}

MySqlFailureKind FailureKindOf(int number, std::string_view text, bool unix_socket, Span took,
                               Span timeout) {
  switch (number) {
    case kSocketError:
    case kHostError:
      return NotConnected(text, unix_socket, took, timeout);
    case kUnknownHost:
      return MySqlFailureKind::kRefused;
    case kServerGone:
    case kServerLost:
    case kServerLostExtended:
      return WasDeadline(took, timeout) ? MySqlFailureKind::kNoAnswer : MySqlFailureKind::kClosed;
    case kVersionError:
    case kMalformedPacket:
    case kCommandsOutOfSync:
      return MySqlFailureKind::kNotMySql;
    case kTlsError:
      return MySqlFailureKind::kTls;
    case 2049:  // CR_SECURE_AUTH
    case 2054:
    case kCannotLoadPlugin:
    case 2060:
    case kPluginError:
    case kRestrictedPlugin:
      return MySqlFailureKind::kAuthPlugin;
    default:
      break;
  }
  // libmariadb's own numbers are 2000 to 2999 and 5000 to 5999; 0 comes from the connector itself.
  if (number >= 1000 && !(number >= 2000 && number < 3000) && !(number >= 5000 && number < 6000)) {
    return MySqlFailureKind::kServerError;
  }
  return MySqlFailureKind::kCannotTry;
}

}  // namespace

MySqlFailure ClassifyMySqlError(int number, std::string_view text, MySqlPhase phase,
                                bool unix_socket, Span took, Span timeout) {
  MySqlFailure failure;
  failure.number = number;
  failure.kind = FailureKindOf(number, text, unix_socket, took, timeout);
  // A login that fails in the middle of somebody else's protocol ends in any of several ways.
  if (phase == MySqlPhase::kQuery && failure.kind == MySqlFailureKind::kNotMySql) {
    failure.kind = MySqlFailureKind::kClosed;
  }
  // libmariadb prints bytes of the handshake where the plugin's name should be.
  failure.text = number == kRestrictedPlugin
                     ? "the server asks for a way to log in that would give the password away"
                     : CleanText(text, kMaxFailureText);
  return failure;
}

}  // namespace faultline::host
