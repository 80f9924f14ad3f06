#include "agent/cloud/identity_search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/cloud/ec2_host.h"
#include "common/log.h"

namespace faultline::cloud {

IdentitySearch::IdentitySearch(host::Loop& loop, SearchOptions options,
                               std::function<void(const Ec2Identity&)> found)
    : loop_(loop),
      options_(std::move(options)),
      found_(std::move(found)),
      retry_(options_.first_retry) {}

void IdentitySearch::Start() { Attempt(); }

void IdentitySearch::Stop() {
  lookup_.reset();
  timer_.reset();
}

void IdentitySearch::Attempt() {
  // Anew each time: cloud-init may write it later than we start.
  if (const auto said = ReadInstanceData(options_.root); said.has_value()) {
    return Found(*said, "cloud-init");
  }
  if (MetadataIsDisabled() || !IsEc2Machine(options_.root)) return;
  lookup_ = AskMetadata(loop_, options_.service,
                        [this](const absl::StatusOr<Ec2Identity>& answer) { OnAnswer(answer); });
}

void IdentitySearch::OnAnswer(const absl::StatusOr<Ec2Identity>& answer) {
  lookup_.reset();
  if (answer.ok()) return Found(*answer, "the metadata service");
  if (!std::exchange(complained_, true)) {
    LogNotice(absl::StrCat("this host is of EC2, but its metadata service does not say which: ",
                           answer.status().message(),
                           "; asking on. Messages name the host instead of its instance id. To "
                           "stop asking, write cloud: none"));
  }
  timer_ = loop_.After(retry_, [this] { Attempt(); });
  retry_ = std::min(Span{2 * retry_.ns}, options_.longest_retry);
}

void IdentitySearch::Found(const Ec2Identity& identity, const char* where) {
  LogInfo(absl::StrCat("this host is EC2 instance ", identity.instance_id, " in ", identity.region,
                       " (", where, ")"));
  found_(identity);
}

}  // namespace faultline::cloud
