// What an agent got of another host that it was asked to look at.
#include "absl/strings/str_cat.h"
#include "collector/ingest/fields.h"
#include "collector/ingest/from_wire.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;

constexpr int kMaxProbedPaths = 36;

}  // namespace

absl::StatusOr<pipeline::ProbeResultMessage> FromWire(const v1::ProbeResult& wire) {
  if (wire.paths_size() > kMaxProbedPaths) {
    return BadField("probe_result.paths",
                    absl::StrCat(wire.paths_size(), " of them, at most ", kMaxProbedPaths));
  }
  pipeline::ProbeResultMessage message{.request = wire.request()};
  for (int i = 0; i < wire.paths_size(); ++i) {
    const v1::ProbedPath& path = wire.paths(i);
    if (path.port() > 65'535) {
      return BadField(absl::StrCat("probe_result.paths[", i, "].port"),
                      absl::StrCat(path.port(), " is not a port"));
    }
    const bool answered = path.answer() == v1::ProbedPath::ANSWER_YES ||
                          path.answer() == v1::ProbedPath::ANSWER_REFUSED;
    const bool silent = path.answer() == v1::ProbedPath::ANSWER_NONE ||
                        path.answer() == v1::ProbedPath::ANSWER_UNREACHABLE;
    // A newer agent's answer says nothing here.
    message.paths.push_back({.port = static_cast<int>(path.port()),
                             .answered = answered,
                             .looked = answered || silent});
  }
  return message;
}

}  // namespace faultline::ingest
