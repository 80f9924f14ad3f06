// Finds out which EC2 instance this host is, however late that can be known.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/cloud/ec2_identity.h"
#include "agent/cloud/metadata_service.h"
#include "agent/host/loop.h"

namespace faultline::cloud {

struct SearchOptions {
  std::string root;  // of the files that are read; for tests
  MetadataService service;
  // Between attempts: doubled each time up to the longest.
  Span first_retry = Span::Seconds(5);
  Span longest_retry = Span::Seconds(1800);
};

// Everything on the loop's thread; nothing blocks. An instance's identity holds as long as it is
// up: found once, it is not looked for again.
class IdentitySearch {
 public:
  // `found` runs at most once. `loop` must outlive this.
  IdentitySearch(host::Loop& loop, SearchOptions options,
                 std::function<void(const Ec2Identity&)> found);

  // Takes cloud-init's word where there is one, within the call. Else asks the metadata service,
  // but only on a machine of EC2 where that is not switched off, so that nobody else is sent a
  // packet; and goes on asking.
  void Start();

  // Ends it; nothing is called back any more.
  void Stop();

 private:
  void Attempt();
  void OnAnswer(const absl::StatusOr<Ec2Identity>& answer);
  void Found(const Ec2Identity& identity, const char* where);

  host::Loop& loop_;
  const SearchOptions options_;
  const std::function<void(const Ec2Identity&)> found_;
  Span retry_;
  bool complained_ = false;
  std::unique_ptr<MetadataLookup> lookup_;
  std::unique_ptr<host::LoopSource> timer_;
};

}  // namespace faultline::cloud
