#include "agent/checks/mysql_reasons.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

using host::MySqlFailure;
using host::MySqlFailureKind;

struct ServerError {
  int number;
  State state;
  const char* reason;
  MySqlPace pace;
  const char* detail;  // $U: the user, $D: the database
};

// Numbers: MySQL's "Server Error Message Reference", MariaDB's "Error Codes". Whether it is
// CRITICAL follows from whom it hits: everybody who logs in from here, or only our own user.
constexpr ServerError kServerErrors[] = {
    {1040, State::kCritical, "TOO_MANY_CONNECTIONS", MySqlPace::kSoon,
     "has no connection left (max_connections); look who holds them: SHOW PROCESSLIST"},
    {1044, State::kUnknown, "AUTH_DENIED", MySqlPace::kSeldom,
     "does not let the monitoring user \"$U\" use database \"$D\"; GRANT it a right there, or drop "
     "the option database"},
    {1045, State::kUnknown, "AUTH_DENIED", MySqlPace::kSeldom,
     "denies the monitoring user \"$U\" (not the application's); give the agent its password "
     "(password_file), ALTER USER, or set the option tls if the server wants TLS"},
    {1049, State::kCritical, "UNKNOWN_DATABASE", MySqlPace::kSeldom,
     "has no database \"$D\": dropped, not restored, or misspelt in the option database"},
    {1053, State::kCritical, "SHUTTING_DOWN", MySqlPace::kSoon, "is shutting down"},
    {1129, State::kCritical, "HOST_BLOCKED", MySqlPace::kSteady,
     "has locked this host out after too many broken handshakes (max_connect_errors), every user "
     "of "
     "it; type FLUSH HOSTS there, then find who breaks them"},
    {1130, State::kCritical, "HOST_NOT_ALLOWED", MySqlPace::kSteady,
     "has no account for this host's address, whatever the user; look at mysql.user's column Host"},
    {1142, State::kUnknown, "RIGHT_MISSING", MySqlPace::kSeldom,
     "does not let the monitoring user \"$U\" ask; GRANT it what the evidence names"},
    {1203, State::kUnknown, "USER_LIMIT_REACHED", MySqlPace::kSoon,
     "has no connection left for the monitoring user \"$U\" (max_user_connections)"},
    {1226, State::kUnknown, "USER_LIMIT_REACHED", MySqlPace::kSoon,
     "has used up a limit of the monitoring user \"$U\"; see its limits in mysql.user"},
    {1227, State::kUnknown, "RIGHT_MISSING", MySqlPace::kSeldom,
     "does not let the monitoring user \"$U\" ask; GRANT it what the evidence names"},
    {1251, State::kUnknown, "AUTH_PLUGIN", MySqlPace::kSeldom,
     "wants a way to log in that this client does not have; ALTER USER \"$U\" to another plugin"},
    {1524, State::kUnknown, "AUTH_PLUGIN", MySqlPace::kSeldom,
     "has not loaded the plugin by which \"$U\" logs in; ALTER USER it to another plugin"},
    {1698, State::kUnknown, "AUTH_DENIED", MySqlPace::kSeldom,
     "denies the monitoring user \"$U\" (not the application's): no password, or an account for "
     "the unix socket only"},
    {1820, State::kUnknown, "PASSWORD_EXPIRED", MySqlPace::kSeldom,
     "says that the password of \"$U\" has expired; ALTER USER it with PASSWORD EXPIRE NEVER"},
    {1862, State::kUnknown, "PASSWORD_EXPIRED", MySqlPace::kSeldom,
     "says that the password of \"$U\" has expired; ALTER USER it with PASSWORD EXPIRE NEVER"},
    {3032, State::kCritical, "OFFLINE_MODE", MySqlPace::kSoon,
     "is in offline mode: only administrators may log in"},
    {3118, State::kUnknown, "ACCOUNT_LOCKED", MySqlPace::kSeldom,
     "has locked the account of \"$U\"; ALTER USER it with ACCOUNT UNLOCK"},
    {3159, State::kUnknown, "TLS_REQUIRED", MySqlPace::kSeldom,
     "takes no logins without TLS; set the option tls to verify (or require)"},
    {3955, State::kUnknown, "ACCOUNT_LOCKED", MySqlPace::kSeldom,
     "has locked the account of \"$U\" after failed logins; ALTER USER it with ACCOUNT UNLOCK"},
    {4151, State::kUnknown, "ACCOUNT_LOCKED", MySqlPace::kSeldom,
     "has locked the account of \"$U\"; ALTER USER it with ACCOUNT UNLOCK"},
};

MySqlMeaning OfServerError(const MySqlFailure& failure, const MySqlAsked& asked) {
  const auto* const known =
      std::find_if(std::begin(kServerErrors), std::end(kServerErrors),
                   [&](const ServerError& each) { return each.number == failure.number; });
  if (known == std::end(kServerErrors)) {
    return {State::kCritical, "SERVER_ERROR", MySqlPace::kSoon,
            absl::StrCat("answers with error ", failure.number, " (", failure.text, ")")};
  }
  return {known->state, known->reason, known->pace,
          absl::StrReplaceAll(known->detail, {{"$U", CleanText(asked.user, 64)},
                                              {"$D", CleanText(asked.database, 64)}})};
}

}  // namespace

MySqlMeaning MeaningOf(const MySqlFailure& failure, const MySqlAsked& asked) {
  const std::string limit = FormatSpan(asked.timeout);
  switch (failure.kind) {
    case MySqlFailureKind::kServerError:
      return OfServerError(failure, asked);
    case MySqlFailureKind::kRefused:
      return {
          State::kCritical, "REFUSED", MySqlPace::kEachLook,
          "takes no connection: refused, or the host is unreachable (which of them the agent sees "
          "with CAP_NET_RAW)"};
    case MySqlFailureKind::kNoSocket:
      return {State::kCritical, "REFUSED", MySqlPace::kEachLook,
              "takes no connection: no server listens on this socket"};
    case MySqlFailureKind::kSocketDenied:
      return {State::kUnknown, "RIGHT_MISSING", MySqlPace::kSteady,
              "may not be connected to by the agent; let its user search the socket's directory"};
    case MySqlFailureKind::kConnectTimeout:
      return {State::kCritical, "TIMEOUT", MySqlPace::kEachLook,
              absl::StrCat("does not answer: no connection within ", limit)};
    case MySqlFailureKind::kNoAnswer:
      return {State::kCritical, "NO_GREETING", MySqlPace::kSteady,
              absl::StrCat("is hung: it takes connections and says nothing for ", limit)};
    case MySqlFailureKind::kClosed:
      return {State::kCritical, "CONNECTION_LOST", MySqlPace::kSoon,
              "ended the conversation before it answered (it closed, or what listens is no MySQL)"};
    case MySqlFailureKind::kTls:
      return {State::kCritical, "TLS_FAILED", MySqlPace::kSteady,
              absl::StrCat("cannot be spoken to by TLS: ", failure.text)};
    case MySqlFailureKind::kAuthPlugin:
      return {
          State::kUnknown, "AUTH_PLUGIN", MySqlPace::kSeldom,
          absl::StrCat("wants a way to log in that the agent does not have or allow; ALTER USER ",
                       CleanText(asked.user, 64),
                       " to mysql_native_password, ed25519 or caching_sha2_password")};
    case MySqlFailureKind::kNotMySql:
      return {State::kCritical, "NOT_MYSQL", MySqlPace::kSoon,
              "answers, but does not speak MySQL's protocol"};
    case MySqlFailureKind::kCannotTry:
    case MySqlFailureKind::kNone:
      break;
  }
  return {State::kUnknown, "CANNOT_PROBE", MySqlPace::kSoon,
          absl::StrCat("cannot be asked: ", failure.text)};
}

Observation DescribeMySqlFailure(const MySqlFailure& failure, const MySqlAsked& asked) {
  return DescribeMySqlFailure(failure, MeaningOf(failure, asked), asked);
}

Observation DescribeMySqlFailure(const MySqlFailure& failure, const MySqlMeaning& meaning,
                                 const MySqlAsked& asked) {
  Observation out;
  out.state = meaning.state;
  out.reason = meaning.reason;
  out.detail = absl::StrCat(asked.server, " ", meaning.detail);
  if (failure.number != 0) {
    const bool from_server = failure.kind == MySqlFailureKind::kServerError;
    out.evidence.push_back(
        {absl::StrCat(from_server ? "error " : "client error ", failure.number,
                      from_server ? " from " : " on the way to ", asked.server, ": ", failure.text),
         {}});
  }
  return out;
}

std::vector<ReasonDeclaration> MySqlFailureReasons() {
  return {
      {"REFUSED",
       "CRITICAL: no connection: refused or rejected; without CAP_NET_RAW perhaps unreachable."},
      {"TIMEOUT",
       "CRITICAL: no connection within `timeout`; or the open login got no answer within it and "
       "new "
       "connections do not come through, or what it sends is not acknowledged: the path."},
      {"NO_GREETING",
       "CRITICAL: it takes connections, and neither greets nor answers within `timeout`: hung. The "
       "connection is held open, so that its first sign of life is seen at once."},
      {"CONNECTION_LOST",
       "CRITICAL: it closes connections before it has answered, or does not speak like MySQL at "
       "all."},
      {"NOT_MYSQL", "CRITICAL: what answers does not speak MySQL's protocol."},
      {"TLS_FAILED",
       "CRITICAL: no TLS though `tls` asks for it, or a certificate that does not hold: every "
       "client "
       "that verifies is shut out."},
      {"HOST_BLOCKED",
       "CRITICAL, error 1129: the server has locked this host out (max_connect_errors), every "
       "user."},
      {"HOST_NOT_ALLOWED",
       "CRITICAL, error 1130: no account at all matches this host's address, so no user may log "
       "in."},
      {"TOO_MANY_CONNECTIONS", "CRITICAL, error 1040: max_connections are in use."},
      {"UNKNOWN_DATABASE", "CRITICAL, error 1049: the login is good, `database` is not there."},
      {"SHUTTING_DOWN", "CRITICAL, error 1053."},
      {"OFFLINE_MODE", "CRITICAL, error 3032: only administrators may log in."},
      {"SERVER_ERROR", "CRITICAL: any other error of the server; its number is in the evidence."},
      {"AUTH_DENIED",
       "UNKNOWN, errors 1044, 1045, 1698: our own user's password or grants, not the "
       "application's."},
      {"ACCOUNT_LOCKED", "UNKNOWN, errors 3118, 3955, 4151: our own user."},
      {"PASSWORD_EXPIRED", "UNKNOWN, errors 1820, 1862: our own user."},
      {"USER_LIMIT_REACHED", "UNKNOWN, errors 1203, 1226: limits of our own user."},
      {"AUTH_PLUGIN",
       "UNKNOWN, errors 1251, 1524, 2059, 2061 and others: a way to log in that the agent does not "
       "have, or that would give the password away."},
      {"TLS_REQUIRED", "UNKNOWN, error 3159: the server wants TLS, our option `tls` is off."},
      {"RIGHT_MISSING",
       "UNKNOWN, errors 1142, 1227: a GRANT is missing; or the agent may not reach the socket."},
      {"CANNOT_PROBE", "UNKNOWN: this process could not try."},
  };
}

}  // namespace faultline::checks
