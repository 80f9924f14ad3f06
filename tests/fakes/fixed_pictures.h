// A PictureSource that says what the test put there, and the hosts that several tests share.
#pragma once

#include <memory>
#include <utility>

#include "collector/pipeline/picture.h"
#include "common/mutex.h"

namespace faultline::fakes {

class FixedPictures : public pipeline::PictureSource {
 public:
  FixedPictures() : picture_(std::make_shared<pipeline::Picture>()) {}

  void Set(pipeline::Picture picture) {
    auto next = std::make_shared<const pipeline::Picture>(std::move(picture));
    MutexLock lock(mutex_);
    picture_ = std::move(next);
  }
  void SetCounters(pipeline::PipelineCounters counters) {
    MutexLock lock(mutex_);
    counters_ = counters;
  }

  std::shared_ptr<const pipeline::Picture> picture() const override {
    MutexLock lock(mutex_);
    return picture_;
  }
  pipeline::PipelineCounters counters() const override {
    MutexLock lock(mutex_);
    return counters_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const pipeline::Picture> picture_;
  pipeline::PipelineCounters counters_;
};

}  // namespace faultline::fakes
