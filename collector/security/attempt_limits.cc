#include "collector/security/attempt_limits.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text.h"

namespace faultline::security {

std::string PeerGroup(std::string_view grpc_peer) {
  // An IPv6 peer comes as "ipv6:[2001:db8::1]:51234", the brackets perhaps percent-encoded.
  std::string peer = absl::StrReplaceAll(CleanText(grpc_peer, 128), {{"%5B", "["}, {"%5D", "]"}});
  const size_t port = peer.rfind(':');
  if (peer.rfind("ipv4:", 0) == 0 && port > 5) return peer.substr(5, port - 5);
  if (peer.rfind("ipv6:", 0) != 0) return peer;
  const size_t open = peer.find('[');
  const size_t close = peer.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return peer;
  const std::string address = peer.substr(open + 1, close - open - 1);
  in6_addr parsed{};
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return peer;
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &parsed.s6_addr[12], text, sizeof(text));
    return text;
  }
  std::fill(parsed.s6_addr + 8, parsed.s6_addr + 16, 0);
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &parsed, text, sizeof(text));
  return absl::StrCat(text, "/64");
}

double AttemptLimits::LeftOf(const Bucket& bucket, const Rate& rate, MonoTime now) {
  const double back = (now - bucket.at).seconds() / rate.refill.seconds();
  return std::min(rate.burst, bucket.left + std::max(0.0, back));
}

void AttemptLimits::Take(Bucket* bucket, const Rate& rate, MonoTime now) {
  bucket->left = std::max(0.0, LeftOf(*bucket, rate, now) - 1);
  bucket->at = now;
}

bool AttemptLimits::MayTry(const std::string& peer, MonoTime now) {
  const auto found = peers_.find(peer);
  return found == peers_.end() || LeftOf(found->second, kPeer, now) >= 1;
}

bool AttemptLimits::MayHearWhy(MonoTime now) { return LeftOf(all_, kAll, now) >= 1; }

void AttemptLimits::Failed(const std::string& peer, MonoTime now) {
  Take(&all_, kAll, now);
  if (peers_.count(peer) == 0 && peers_.size() >= kMaxPeers) MakeRoom(now);
  Take(&peers_.try_emplace(peer, Bucket{kPeer.burst, now}).first->second, kPeer, now);
}

// A quarter at once, so that a flood of peers pays for one look over all of them only now and then.
void AttemptLimits::MakeRoom(MonoTime now) {
  std::vector<double> lefts;
  for (const auto& [peer, bucket] : peers_) lefts.push_back(LeftOf(bucket, kPeer, now));
  size_t going = peers_.size() / 4;
  std::nth_element(lefts.begin(), lefts.end() - static_cast<std::ptrdiff_t>(going), lefts.end());
  const double least = lefts[lefts.size() - going];
  std::erase_if(peers_, [&](const auto& entry) {
    if (going == 0 || LeftOf(entry.second, kPeer, now) < least) return false;
    --going;
    return true;
  });
}

}  // namespace faultline::security
