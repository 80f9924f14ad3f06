#include "common/yaml/one_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace faultline::yaml {
namespace {

// Only where documents start.
class Starts : public YAML::EventHandler {
 public:
  YAML::Mark last;

  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}
};

}  // namespace

OneDocument LoadOneDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Starts starts;
  OneDocument out;
  if (!parser.HandleNextDocument(starts)) return out;
  const YAML::Mark first = starts.last;
  out.empty = false;
  if (parser.HandleNextDocument(starts)) {
    // It went over nothing: it would do so for ever.
    if (starts.last.pos == first.pos) {
      throw YAML::ParserException(first, "no value can begin here");
    }
    out.second_line = starts.last.line + 1;
    return out;
  }
  out.root = YAML::Load(text);
  return out;
}

}  // namespace faultline::yaml
