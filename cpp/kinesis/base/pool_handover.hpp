// Tells ThreadSanitizer what MuJoCo's pool, which it cannot see into, guarantees: what the caller
// wrote before a parallel call is visible to its tasks, and what they wrote to the caller after it.
// Without the sanitizer all of it is empty.
#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace kinesis {

inline void publish([[maybe_unused]] void* call) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(call);
#endif
}

inline void receive([[maybe_unused]] void* call) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(call);
#endif
}

// Stands at the beginning of every task of a parallel call.
class PoolTask {
 public:
  explicit PoolTask(void* call) : call_(call) { receive(call_); }
  ~PoolTask() { publish(call_); }
  PoolTask(const PoolTask&) = delete;
  PoolTask& operator=(const PoolTask&) = delete;

 private:
  void* call_;
};

}  // namespace kinesis
