#include "agent/host/unit_properties.h"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxTexts = 64;

// Where a property goes; exactly one pointer is set.
struct Target {
  std::string* text = nullptr;
  int32_t* signed32 = nullptr;
  uint32_t* unsigned32 = nullptr;
  uint64_t* unsigned64 = nullptr;
  uint32_t* job = nullptr;                    // "(uo)": the id and the path of a job
  std::vector<std::string>* texts = nullptr;  // "as", at most kMaxTexts
};

Target FindTarget(const char* name, UnitProperties& p) {
  const auto is = [name](const char* other) { return strcmp(name, other) == 0; };
  if (is("Id")) return {.text = &p.id};
  if (is("LoadState")) return {.text = &p.load_state};
  if (is("ActiveState")) return {.text = &p.active_state};
  if (is("SubState")) return {.text = &p.sub_state};
  if (is("Result")) return {.text = &p.result};
  if (is("ExecMainCode")) return {.signed32 = &p.exec_main_code};
  if (is("ExecMainStatus")) return {.signed32 = &p.exec_main_status};
  if (is("NRestarts")) return {.unsigned32 = &p.restarts};
  if (is("RestartUSec")) return {.unsigned64 = &p.restart_usec};
  if (is("StateChangeTimestamp")) return {.unsigned64 = &p.state_change_usec};
  if (is("InactiveExitTimestamp")) return {.unsigned64 = &p.inactive_exit_usec};
  if (is("ExecMainStartTimestamp")) return {.unsigned64 = &p.exec_main_start_usec};
  if (is("ActiveEnterTimestamp")) return {.unsigned64 = &p.active_enter_usec};
  if (is("ActiveEnterTimestampMonotonic")) return {.unsigned64 = &p.active_enter_monotonic_usec};
  if (is("Type")) return {.text = &p.service_type};
  if (is("MainPID")) return {.unsigned32 = &p.main_pid};
  if (is("Job")) return {.job = &p.job_id};
  if (is("Names")) return {.texts = &p.names};
  return {};
}

int ReadTexts(sd_bus_message* message, std::vector<std::string>& texts) {
  int r = sd_bus_message_enter_container(message, 'v', "as");
  if (r >= 0) r = sd_bus_message_enter_container(message, 'a', "s");
  texts.clear();
  const char* text = nullptr;
  while (r >= 0 && (r = sd_bus_message_read(message, "s", &text)) > 0) {
    if (texts.size() < kMaxTexts) texts.emplace_back(text);
  }
  if (r >= 0) r = sd_bus_message_exit_container(message);
  return r < 0 ? r : sd_bus_message_exit_container(message);
}

// Reads the variant at the message's position into `target`, or skips it.
int ReadValue(sd_bus_message* message, const Target& target) {
  const char* contents = nullptr;
  int r = sd_bus_message_peek_type(message, nullptr, &contents);
  if (r < 0) return r;
  const auto is = [contents](const char* type) {
    return contents != nullptr && strcmp(contents, type) == 0;
  };
  if (target.text != nullptr && is("s")) {
    const char* text = nullptr;
    r = sd_bus_message_read(message, "v", "s", &text);
    if (r >= 0) *target.text = text;
    return r;
  }
  if (target.signed32 != nullptr && is("i")) {
    return sd_bus_message_read(message, "v", "i", target.signed32);
  }
  if (target.unsigned32 != nullptr && is("u")) {
    return sd_bus_message_read(message, "v", "u", target.unsigned32);
  }
  if (target.unsigned64 != nullptr && is("t")) {
    return sd_bus_message_read(message, "v", "t", target.unsigned64);
  }
  if (target.job != nullptr && is("(uo)")) {
    const char* path = nullptr;
    return sd_bus_message_read(message, "v", "(uo)", target.job, &path);
  }
  if (target.texts != nullptr && is("as")) return ReadTexts(message, *target.texts);
  return sd_bus_message_skip(message, "v");
}

}  // namespace

absl::Status ReadUnitProperties(sd_bus_message* message, UnitProperties& properties) {
  int r = sd_bus_message_enter_container(message, 'a', "{sv}");
  while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
    const char* name = nullptr;
    r = sd_bus_message_read(message, "s", &name);
    if (r >= 0) r = ReadValue(message, FindTarget(name, properties));
    if (r >= 0) r = sd_bus_message_exit_container(message);
  }
  if (r >= 0) r = sd_bus_message_exit_container(message);
  if (r < 0) return absl::ErrnoToStatus(-r, "systemd's properties cannot be read");
  return absl::OkStatus();
}

std::string TypeInterface(const std::string& unit) {
  const size_t dot = unit.rfind('.');
  if (dot == std::string::npos || dot + 1 == unit.size()) return "";
  std::string type = unit.substr(dot + 1);
  if (!std::all_of(type.begin(), type.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    return "";
  }
  type[0] = static_cast<char>(type[0] - 'a' + 'A');
  return absl::StrCat("org.freedesktop.systemd1.", type);
}

}  // namespace faultline::host
