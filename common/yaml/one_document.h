// yaml-cpp's LoadAll never ends on some texts (a document that begins with a comma), and takes
// memory all the while (found by fuzzing). This reads the first document and looks whether there
// is another.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace faultline::yaml {

struct OneDocument {
  YAML::Node root;
  bool empty = true;    // there is no document at all
  int second_line = 0;  // where a second one starts, from 1; 0 = there is none
};

// Throws YAML::Exception, as yaml-cpp does: for the callers that already end its exceptions.
OneDocument LoadOneDocument(const std::string& text);

}  // namespace faultline::yaml
