// What the tests of the mysql check with a real server have in common.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "tests/agent/checks/check_testing.h"
#include "tests/fakes/private_mariadb.h"

namespace faultline::checks {

class MySqlServerTest : public CheckTest {
 protected:
  void SetUp() override {
    if (!fakes::PrivateMariaDb::IsPossible())
      GTEST_SKIP() << "no mariadbd here (scripts/setup test)";
  }

  // A server with the monitoring user, and its password in a file.
  void StartServer(fakes::PrivateMariaDb::Options options = {}) {
    server_ = std::make_unique<fakes::PrivateMariaDb>(std::move(options));
    server_->Sql("CREATE USER faultline@'%' IDENTIFIED BY 'right'; CREATE DATABASE shop;");
    SetPassword("right");
  }
  void SetPassword(const std::string& password) {
    WriteFile(password_file(), password + "\n");
    ASSERT_EQ(chmod(password_file().c_str(), 0600), 0);
  }
  std::string password_file() const { return directory_ / "password"; }

  config::CheckConfig MySql() const {
    config::CheckConfig config = Config("mysql", server_->endpoint());
    config.interval = Span::Millis(100);
    SetOption(&config, "password_file", {password_file()});
    SetOption(&config, "timeout", {"1s"});
    return config;
  }

  const Observation& Seen() const { return sink_.seen.back(); }
  double Gauge(const std::string& name) const {
    for (const GaugeValue& gauge : Seen().gauges) {
      if (gauge.name == name) return gauge.value;
    }
    return -1;
  }
  int Logins() const {
    const std::string line = server_->Sql("SHOW GLOBAL STATUS LIKE 'Connections'");
    return std::atoi(line.substr(line.find('\t') + 1).c_str());
  }

  std::unique_ptr<fakes::PrivateMariaDb> server_;
};

}  // namespace faultline::checks
