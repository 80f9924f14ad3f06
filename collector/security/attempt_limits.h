// How often a stranger may fail. Pure: `now` is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace faultline::security {

// "203.0.113.7" of gRPC's "ipv4:203.0.113.7:51234"; of IPv6 the /64, which is one customer; another
// form as it is.
std::string PeerGroup(std::string_view grpc_peer);

// Counts failures only (and what is as useless, such as renewals without need), by peer and of all
// together: what succeeds is never held up by its own number, so that a whole fleet can join at
// once. A bucket holds `burst` and gets one back every `refill`. One thread at a time.
class AttemptLimits {
 public:
  struct Rate {
    double burst;
    Span refill;
  };
  static constexpr Rate kPeer = {20, Span::Seconds(3)};
  static constexpr Rate kAll = {200, Span::Millis(200)};
  static constexpr size_t kMaxPeers = 4096;  // remembered; the fullest buckets are forgotten first

  // False: this peer has failed too often, whatever it now brings is not looked at.
  bool MayTry(const std::string& peer, MonoTime now);
  // False: it has failed, and so many others have that it is not told why. What costs little has
  // been looked at before, so that strangers cannot keep out those who are right.
  bool MayHearWhy(MonoTime now);
  void Failed(const std::string& peer, MonoTime now);
  size_t peers() const { return peers_.size(); }  // that are remembered

 private:
  struct Bucket {
    double left = 0;
    MonoTime at;
  };
  static double LeftOf(const Bucket& bucket, const Rate& rate, MonoTime now);
  static void Take(Bucket* bucket, const Rate& rate, MonoTime now);
  void MakeRoom(MonoTime now);

  std::map<std::string, Bucket> peers_;
  Bucket all_ = {kAll.burst, {}};
};

}  // namespace faultline::security
