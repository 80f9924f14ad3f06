#include "agent/host/unit_watch.h"

#include <systemd/sd-bus.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/systemd_names.h"
#include "agent/host/unit_properties.h"

namespace faultline::host {
namespace {

constexpr char kUnitPrefix[] = "/org/freedesktop/systemd1/unit";
constexpr char kUnitInterface[] = "org.freedesktop.systemd1.Unit";
constexpr Span kUnitRetry = Span::Seconds(10);
// Reading a unit may itself load it and thereby cause UnitNew: look at most this often.
constexpr Span kUnitNewPause = Span::Seconds(5);
constexpr size_t kMaxUnitQuestions = 32;

// "mariadb.service" of ".../unit/mariadb_2eservice"; empty for another path.
std::string UnitOfPath(const std::string& path) {
  char* name = nullptr;
  std::string unit;
  if (sd_bus_path_decode(path.c_str(), kUnitPrefix, &name) > 0) unit = name;
  free(name);
  return unit;
}

std::string UnitNewRule(const std::string& unit) {
  return absl::StrCat("type='signal',sender='", kSystemd, "',path='", kManagerPath,
                      "',interface='org.freedesktop.systemd1.Manager',member='UnitNew',arg0='",
                      unit, "'");
}

}  // namespace

BusUnitWatch::BusUnitWatch(UnitWatchOwner& owner, const std::string& unit, UnitListener& listener)
    : owner_(owner), unit_(unit), listener_(listener) {}

BusUnitWatch::~BusUnitWatch() { owner_.Forget(this); }

void BusUnitWatch::Refresh(std::function<void()> done) {
  if (done) refreshes_.push_back(std::move(done));
  if (owner_.connection() != nullptr) {
    // Resolve reads at its end.
    if (path_.empty() || resolving_ != nullptr) {
      if (resolving_ == nullptr) Resolve();
    } else {
      Read();
    }
  } else if (!owner_.why_down().ok()) {
    answer_down_ = owner_.loop().After(Span{}, [this] { Fail(owner_.why_down()); });
  }
}

void BusUnitWatch::Resolve() {
  if (owner_.connection() == nullptr) return;
  retry_.reset();
  new_unit_pause_ = owner_.loop().After(kUnitNewPause, [this] { new_unit_pause_.reset(); });
  resolving_ = owner_.connection()->Call(
      {.destination = kSystemd,
       .path = kManagerPath,
       .interface = "org.freedesktop.systemd1.Manager",
       .member = "LoadUnit",
       .arguments = {unit_}},
      [this](const absl::Status& error, sd_bus_message* reply) {
        resolving_.reset();
        if (!error.ok()) return Fail(error);
        const char* path = nullptr;
        if (sd_bus_message_read(reply, "o", &path) < 0 || UnitOfPath(path).empty()) {
          return Fail(absl::InternalError("systemd's answer to LoadUnit names no unit"));
        }
        Follow(path);
        Read();
      });
}

void BusUnitWatch::Follow(const std::string& path) {
  if (path == path_) return;
  path_ = path;
  canonical_ = UnitOfPath(path);
  properties_ = UnitProperties();
  asked_job_ = 0;
  questions_.clear();
  matches_.clear();
  BusConnection& bus = *owner_.connection();
  matches_.push_back(
      bus.Match(absl::StrCat("type='signal',sender='", kSystemd, "',path='", path, "',interface='",
                             kProperties, "',member='PropertiesChanged'"),
                [this](sd_bus_message* signal) { OnPropertiesChanged(signal); }));
  // Under the name we ask by: it may come to mean another unit.
  matches_.push_back(bus.Match(UnitNewRule(unit_), [this](sd_bus_message*) { OnUnitNew(); }));
  if (canonical_ != unit_) {
    matches_.push_back(
        bus.Match(UnitNewRule(canonical_), [this](sd_bus_message*) { OnUnitNew(); }));
  }
}

void BusUnitWatch::Read() {
  BusConnection& bus = *owner_.connection();
  const auto get_all = [this](const std::string& interface) {
    return BusMethod{.destination = kSystemd,
                     .path = path_,
                     .interface = kProperties,
                     .member = "GetAll",
                     .arguments = {interface}};
  };
  // The type's properties first, the unit's last: the same order as in systemd's signals, so that
  // the second answer completes one moment.
  const std::string type = TypeInterface(canonical_);
  if (!type.empty()) {
    reading_type_ = bus.Call(get_all(type), [this](const absl::Status& error, sd_bus_message* m) {
      // A unit that is not loaded has no such interface; the unit's own answer tells.
      if (error.ok()) ReadUnitProperties(m, properties_).IgnoreError();
      reading_type_.reset();
    });
  }
  reading_unit_ =
      bus.Call(get_all(kUnitInterface), [this](const absl::Status& error, sd_bus_message* m) {
        reading_unit_.reset();
        if (!error.ok()) return Fail(error);
        if (absl::Status read = ReadUnitProperties(m, properties_); !read.ok()) return Fail(read);
        Publish();
        FinishRefreshes();
      });
}

void BusUnitWatch::Publish() {
  const uint32_t job = properties_.job_id;
  const std::string state = properties_.active_state;
  listener_.OnProperties(properties_);
  // A restart becomes a start in place when the unit has come down: the type is asked anew with
  // each state.
  if (job != 0 && (job != asked_job_ || state != asked_state_)) AskJobType(job);
  asked_state_ = state;
}

void BusUnitWatch::Fail(const absl::Status& why) {
  if (owner_.connection() != nullptr) {
    retry_ = owner_.loop().After(kUnitRetry, [this] { Resolve(); });
  }
  listener_.OnUnavailable(why);
  FinishRefreshes();
}

void BusUnitWatch::OnDown(const absl::Status& why) {
  path_.clear();
  canonical_.clear();
  matches_.clear();
  resolving_.reset();
  reading_type_.reset();
  reading_unit_.reset();
  questions_.clear();
  retry_.reset();
  Fail(why);
}

void BusUnitWatch::FinishRefreshes() {
  std::vector<std::function<void()>> refreshes;
  refreshes.swap(refreshes_);
  for (const std::function<void()>& done : refreshes) done();
}

void BusUnitWatch::OnPropertiesChanged(sd_bus_message* signal) {
  const char* interface = nullptr;
  if (sd_bus_message_read(signal, "s", &interface) < 0) return;
  const bool is_unit = std::string(interface) == kUnitInterface;
  if (!ReadUnitProperties(signal, properties_).ok()) return;
  // systemd sends the type's properties first, then the unit's: then the moment is complete. Before
  // the first full reading there is nothing to compare with.
  if (is_unit && !properties_.load_state.empty()) Publish();
}

void BusUnitWatch::OnJobNew(uint32_t id) {
  AskJobType(id);
  listener_.OnJob(id, "");
}

void BusUnitWatch::OnJobRemoved(uint32_t id, const std::string& result) {
  if (asked_job_ == id) asked_job_ = 0;
  if (properties_.job_id == id) properties_.job_id = 0;
  listener_.OnJobRemoved(id, result);
}

void BusUnitWatch::OnUnitNew() {
  if (new_unit_pause_ == nullptr && resolving_ == nullptr) Resolve();
}

void BusUnitWatch::AskJobType(uint32_t id) {
  if (owner_.connection() == nullptr || questions_.size() >= kMaxUnitQuestions) return;
  asked_job_ = id;
  asked_state_ = properties_.active_state;
  // Asked first, so answered first: a stop is known to be part of a shutdown when its type comes.
  owner_.AskSystemState();
  const uint64_t question = ++next_question_;
  questions_[question] = owner_.connection()->Call(
      {.destination = kSystemd,
       .path = absl::StrCat("/org/freedesktop/systemd1/job/", id),
       .interface = kProperties,
       .member = "Get",
       .arguments = {"org.freedesktop.systemd1.Job", "JobType"}},
      [this, id, question](const absl::Status& error, sd_bus_message* reply) {
        questions_.erase(question);
        if (error.code() == absl::StatusCode::kDeadlineExceeded && properties_.job_id == id) {
          AskJobType(id);  // systemd is busy; the job is still there
          return;
        }
        // Gone already: what it did shows in JobRemoved and the unit's state.
        const char* type = nullptr;
        if (!error.ok() || sd_bus_message_read(reply, "v", "s", &type) < 0) return;
        listener_.OnJob(id, type);
      });
}

}  // namespace faultline::host
