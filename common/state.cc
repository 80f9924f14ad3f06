#include "common/state.h"

namespace faultline {

std::string_view StateName(State state) {
  switch (state) {
    case State::kOk:
      return "OK";
    case State::kWarning:
      return "WARNING";
    case State::kCritical:
      return "CRITICAL";
    case State::kUnknown:
      return "UNKNOWN";
    case State::kUnspecified:
      break;
  }
  return "UNSPECIFIED";
}

std::optional<State> ParseState(std::string_view name) {
  for (State state : {State::kOk, State::kWarning, State::kCritical, State::kUnknown}) {
    if (StateName(state) == name) return state;
  }
  return std::nullopt;
}

int Badness(State state) {
  switch (state) {
    case State::kCritical:
      return 3;
    case State::kWarning:
      return 2;
    case State::kUnknown:
      return 1;
    case State::kOk:
    case State::kUnspecified:
      break;
  }
  return 0;
}

}  // namespace faultline
