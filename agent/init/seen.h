// A value and where it was seen, so that every line that init writes can say it.
#pragma once

#include <string>

namespace faultline::init {

struct Seen {
  std::string value;  // empty: nothing was seen
  std::string where;  // "nginx: /etc/nginx/sites-enabled/todo:12"

  bool known() const { return !value.empty(); }
  bool operator==(const Seen&) const = default;
};

}  // namespace faultline::init
