#include "agent/host/mysql_session.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <fcntl.h>
#include <mysql_driver.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "agent/host/fd.h"
#include "common/mutex.h"
#include "common/text.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxRows = 64;
constexpr uint32_t kMaxColumns = 128;
constexpr size_t kMaxValue = 1024;
constexpr int kMaxPacket = 1 << 20;

class Stopwatch {
 public:
  Span elapsed() const {
    return Span{std::chrono::duration_cast<std::chrono::nanoseconds>(
                    std::chrono::steady_clock::now() - begin_)
                    .count()};
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// get_driver_instance() is not thread-safe; the driver is the library's and lives as long as we do.
sql::Driver* Driver() {
  static Mutex mutex;
  MutexLock lock(mutex);
  return sql::mysql::get_driver_instance();
}

// libmariadb wants to be told of each thread that uses it.
class ThreadUse {
 public:
  ThreadUse() { Driver()->threadInit(); }
  ~ThreadUse() { Driver()->threadEnd(); }
  ThreadUse(const ThreadUse&) = delete;
  ThreadUse& operator=(const ThreadUse&) = delete;
};

// Without it libmariadb sends the password in the clear to any server that asks for the plugins
// mysql_clear_password or dialog (measured with 3.3.18). Only an option file can say it through the
// connector, so it gets one that exists in memory only. libmariadb ignores a file that everybody
// may write.
Fd OptionFile() {
  constexpr std::string_view kText =
      "[faultline]\nrestricted-auth=mysql_native_password,client_ed25519,caching_sha2_password\n";
  Fd fd(memfd_create("faultline-mysql-options", MFD_CLOEXEC));
  if (!fd.valid() || fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0 ||
      write(fd.get(), kText.data(), kText.size()) != static_cast<ssize_t>(kText.size())) {
    return Fd();
  }
  return fd;
}

MySqlFailure CannotTry(std::string text) {
  return {.kind = MySqlFailureKind::kCannotTry, .text = std::move(text)};
}

class ConnectorSession : public MySqlSession {
 public:
  ConnectorSession(std::unique_ptr<sql::Connection> connection, bool unix_socket, Span timeout)
      : connection_(std::move(connection)), unix_socket_(unix_socket), timeout_(timeout) {}
  ~ConnectorSession() override {
    const ThreadUse use;
    try {
      connection_.reset();
    } catch (const sql::SQLException&) {
      // It is gone either way.
    }
  }

  MySqlRows Query(const std::string& sql) override {
    const ThreadUse use;
    const Stopwatch watch;
    MySqlRows out;
    try {
      const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
      // Rows as they come, so that a hostile server cannot fill the memory.
      statement->setResultSetType(sql::ResultSet::TYPE_FORWARD_ONLY);
      const std::unique_ptr<sql::ResultSet> result(statement->executeQuery(sql));
      out.took = watch.elapsed();
      sql::ResultSetMetaData* about = result->getMetaData();
      const uint32_t columns = std::min(about->getColumnCount(), kMaxColumns);
      while (out.rows.size() < kMaxRows && result->next()) {
        MySqlRow row;
        for (uint32_t i = 1; i <= columns; ++i) {
          const std::string name =
              absl::AsciiStrToLower(CleanText(about->getColumnLabel(i).asStdString(), 64));
          const std::string value = result->getString(i).asStdString();
          row[name] =
              result->wasNull() ? std::nullopt : std::make_optional(CleanText(value, kMaxValue));
        }
        out.rows.push_back(std::move(row));
      }
    } catch (const sql::SQLException& error) {
      out.rows.clear();
      out.took = watch.elapsed();
      out.failure = ClassifyMySqlError(error.getErrorCode(), error.what(), MySqlPhase::kQuery,
                                       unix_socket_, out.took, timeout_);
    } catch (const std::exception& error) {
      out.rows.clear();
      out.failure = CannotTry(CleanText(error.what(), kMaxValue));
    }
    return out;
  }

 private:
  std::unique_ptr<sql::Connection> connection_;
  const bool unix_socket_;
  const Span timeout_;
};

sql::ConnectOptionsMap Options(const MySqlLogin& login, const Secret& password, int option_file) {
  const auto text = [](const std::string& value) { return sql::SQLString(value); };
  const int seconds = std::max(1, static_cast<int>(login.timeout.ns / 1'000'000'000));
  const bool v6 = login.host.find(':') != std::string::npos;
  sql::ConnectOptionsMap options;
  options["hostName"] =
      text(!login.socket_path.empty()
               ? absl::StrCat("unix://", login.socket_path)
               : absl::StrCat("tcp://", v6 ? "[" : "", login.host, v6 ? "]" : "", ":", login.port));
  options["userName"] = text(login.user);
  options["password"] = text(password.value());
  if (!login.database.empty()) options["schema"] = text(login.database);
  for (const char* name : {"OPT_CONNECT_TIMEOUT", "OPT_READ_TIMEOUT", "OPT_WRITE_TIMEOUT"}) {
    options[name] = seconds;
  }
  options["OPT_MAX_ALLOWED_PACKET"] = kMaxPacket;
  // Or the server could ask for any file that the agent may read.
  options["OPT_LOCAL_INFILE"] = 0;
  options["readDefaultFile"] = text(absl::StrCat("/proc/self/fd/", option_file));
  options["readDefaultGroup"] = text("faultline");
  if (login.tls != MySqlTls::kOff) options["sslEnforce"] = true;
  if (login.tls == MySqlTls::kVerify) {
    options["sslVerify"] = true;
    options["sslCA"] = text(login.ca);
  }
  return options;
}

bool NamesACipher(const MySqlRows& answer) {
  if (answer.rows.size() != 1) return false;
  const auto value = answer.rows[0].find("value");
  return value != answer.rows[0].end() && !value->second.value_or("").empty();
}

}  // namespace

MySqlOpened OpenMySqlSession(const MySqlLogin& login, const Secret& password) {
  const ThreadUse use;
  const Stopwatch watch;
  MySqlOpened out;
  if (login.tls == MySqlTls::kVerify && !login.ca.empty() && access(login.ca.c_str(), R_OK) != 0) {
    out.failure = CannotTry(absl::StrCat("cannot read the authority file ", login.ca));
    return out;
  }
  const Fd option_file = OptionFile();
  if (!option_file.valid()) {
    out.failure = CannotTry("no memory or descriptors for the connector's options");
    return out;
  }
  const bool unix_socket = !login.socket_path.empty();
  try {
    sql::ConnectOptionsMap options = Options(login, password, option_file.get());
    std::unique_ptr<sql::Connection> connection(Driver()->connect(options));
    out.took = watch.elapsed();
    out.session =
        std::make_unique<ConnectorSession>(std::move(connection), unix_socket, login.timeout);
  } catch (const sql::SQLException& error) {
    out.took = watch.elapsed();
    out.failure = ClassifyMySqlError(error.getErrorCode(), error.what(), MySqlPhase::kLogin,
                                     unix_socket, out.took, login.timeout);
    return out;
  } catch (const std::exception& error) {
    out.failure = CannotTry(CleanText(error.what(), kMaxValue));
    return out;
  }
  if (login.tls != MySqlTls::kRequire) return out;
  const MySqlRows cipher = out.session->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
  if (cipher.failure.failed() || !NamesACipher(cipher)) {
    out.session.reset();
    out.failure = cipher.failure;
    if (!out.failure.failed()) {
      out.failure = {.kind = MySqlFailureKind::kTls, .text = "the server does not offer TLS"};
    }
  }
  return out;
}

}  // namespace faultline::host
