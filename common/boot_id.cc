#include "common/boot_id.h"

#include <fstream>

namespace faultline {

std::string OwnBootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id.size() <= 36 ? id : std::string();
}

}  // namespace faultline
