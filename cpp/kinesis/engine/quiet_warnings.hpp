// MuJoCo's warnings kept off the screen, and out of a file in the working folder, while
// environments are stepped: a failure of the physics is told of its environment.
#pragma once

#include <mujoco/mujoco.h>

#include <mutex>

namespace kinesis {

// For as long as one of these lives, in any engine, MuJoCo's warnings go nowhere; after the last of
// them, to whom they went before.
class QuietWarnings {
 public:
  QuietWarnings() {
    const std::lock_guard lock(mutex_);
    if (living_++ == 0) {
      before_ = mju_user_warning;
      mju_user_warning = [](const char*) {};
    }
  }
  ~QuietWarnings() {
    const std::lock_guard lock(mutex_);
    if (--living_ == 0) {
      mju_user_warning = before_;
    }
  }
  QuietWarnings(const QuietWarnings&) = delete;
  QuietWarnings& operator=(const QuietWarnings&) = delete;

 private:
  // Guards the other two, and MuJoCo's hook.
  static inline std::mutex mutex_;
  static inline int living_ = 0;
  static inline void (*before_)(const char*) = nullptr;
};

}  // namespace kinesis
