// Where an application reaches its database, from its unit's environment. PURE. Of what it is given
// only a host and a port ever come out: the rest are secrets.
#pragma once

#include <map>
#include <string>

namespace faultline::init {

// DB_HOST and its like with their _PORT, else a URL (DATABASE_URL and its like) of MySQL or
// MariaDB. "10.0.2.10:3306"; empty when it is not said, is of another kind, or is not plainly a
// host.
std::string DatabaseAddressIn(const std::map<std::string, std::string>& environment);

// What to say where that is empty although the environment speaks of a database: the variable's
// name and why its value was not taken, "DATABASE_URL is of postgresql". Of the value itself at
// most a known scheme. Empty: it speaks of none.
std::string DatabaseHintIn(const std::map<std::string, std::string>& environment);

// The address of a URL: "mysql+pymysql://todo:secret@10.0.2.10:3306/todo".
std::string DatabaseAddressOfUrl(const std::string& url);

// True for an address of this host by loopback: "localhost:3306", "127.0.0.1:3306".
bool IsLoopbackAddress(const std::string& address);

}  // namespace faultline::init
