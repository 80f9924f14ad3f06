// A host that has joined, and a clock to pass its certificate's life with.
#pragma once

#include "tests/agent/link/enroller_testing.h"

namespace faultline::link {

class RenewalTest : public EnrollerTest {
 protected:
  void Join() {
    StartCollector();
    StartEnroller();
    ASSERT_TRUE(listener_.WaitForState("", "joined as"));
  }
  void Pass(int64_t seconds) {
    clock_.Shift(Span::Seconds(seconds), Span::Seconds(seconds));
    enroller_->Wake();
  }
  // Until the enroller has looked once more at what is to be done: a wall clock that is far behind
  // is something that it tells, when nothing else is due.
  void LetItLook() {
    listener_.ForgetStates();
    clock_.Shift(Span::Seconds(-100'000), {});
    enroller_->Wake();
    ASSERT_TRUE(listener_.WaitForState("CLOCK_WRONG", "later than this host's clock says"));
    clock_.Shift(Span::Seconds(100'000), {});
  }
  // On a disk of the test's; "/disk/agent".
  void StartOn(spool::Disk& disk) {
    enroller_.reset();
    auto store = IdentityStore::Open("/disk/agent", &disk);
    ASSERT_TRUE(store.ok()) << store.status();
    enroller_ = Enroller::Make(options_, *std::move(store), clock_);
    enroller_->Start(listener_);
  }
  void Refuse(grpc::StatusCode code, const std::string& text) {
    FakeEnrolment::Manners manners;
    manners.refuse_renew = {code, text};
    collector_.set_manners(manners);
  }
};

}  // namespace faultline::link
