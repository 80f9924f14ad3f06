// What an application says of its database: MySQL's error numbers in a page's body or a log line.
// The numbers are the servers' and the client libraries' own, whatever program printed them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faultline::incidents {

// The known error number in a line such as
//   sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1045, "Access denied ...")
//   ERROR 2003 (HY000): Can't connect to MySQL server on ...
//   SQLSTATE[HY000] [2002] Connection refused
// Only where it stands as one of these, not any number.
std::optional<int> DatabaseErrorIn(std::string_view line);

// "the application may not log in to its database"; empty for numbers that are not known.
std::string DatabaseErrorInWords(int number);

}  // namespace faultline::incidents
