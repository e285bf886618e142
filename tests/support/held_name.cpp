#include "support/held_name.h"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace hookspool::test {
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_held = false;
  int waiting = 0;
};

/// Never destroyed: a thread of a library may still be leaving.
State& state() {
  static State& state = *new State;
  return state;
}

void wait_while_held() {
  std::unique_lock lock(state().mutex);
  ++state().waiting;
  state().changed.notify_all();
  // Should whoever holds it wait for this very call, the test is to fail, not to hang.
  state().changed.wait_for(lock, std::chrono::seconds(10), [] { return !state().is_held; });
  --state().waiting;
  state().changed.notify_all();
}

}  // namespace

HeldName::HeldName() {
  const std::lock_guard lock(state().mutex);
  state().is_held = true;
}

HeldName::~HeldName() {
  std::unique_lock lock(state().mutex);
  state().is_held = false;
  state().changed.notify_all();
  state().changed.wait(lock, [] { return state().waiting == 0; });
}

const std::string& HeldName::name() {
  static const std::string name = "held.invalid";
  return name;
}

bool HeldName::is_asked_for() const {
  const std::lock_guard lock(state().mutex);
  return state().waiting > 0;
}

}  // namespace hookspool::test

/// In place of the C library's, for libraries too.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto resolve = reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node != nullptr && hookspool::test::HeldName::name() == node) {
    hookspool::test::wait_while_held();
    return EAI_AGAIN;
  }
  return resolve(node, service, hints, found);
}
