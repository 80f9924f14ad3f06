// Messages against golden files: golden/NAME.txt is the whole message, as a person gets it.
// FAULTLINE_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace faultline::incidents {

inline void ExpectGolden(const std::string& name, const std::string& message) {
  const std::string path =
      FAULTLINE_SOURCE_DIR "/tests/collector/incidents/golden/" + name + ".txt";
  if (std::getenv("FAULTLINE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << message << "\n";
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  const std::string golden((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(message + "\n", golden) << name;
}

}  // namespace faultline::incidents
