// What scenarios are made of: parameters in, an outcome out, and what actors share with the harness.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "histogram.hpp"

using parameters = std::map<std::string, int64_t>;

struct expectation {
  int64_t messages;
  int64_t answer;
};

struct outcome {
  int64_t elapsed_ns = 0;
  int64_t messages = 0;
  int64_t answer = 0;
  std::optional<histogram> latencies;
  std::map<std::string, double> extra;
  std::string fault;
};

// One iteration's input.
struct bench {
  caf::actor_system& system;
  const parameters& of;
  uint64_t seed;
};

struct scenario {
  const char* name;
  parameters defaults;
  expectation (*expect)(const parameters&, uint64_t seed);
  outcome (*run)(const bench&);
};

using scenarios = std::vector<scenario>;

// Of one actor, which alone writes it; the harness reads it when the actor is gone.
struct alignas(128) tally {
  int64_t messages = 0;
  int64_t answer = 0;
};

// Lets the harness wait for a number of actors.
class latch {
public:
  explicit latch(int64_t count) : left_(count) {}

  void count_down() {
    std::lock_guard guard{mutex_};
    if (--left_ == 0)
      reached_.notify_all();
  }

  void wait() {
    std::unique_lock guard{mutex_};
    reached_.wait(guard, [this] { return left_ <= 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable reached_;
  int64_t left_;
};

using steady = std::chrono::steady_clock;

inline int64_t since(steady::time_point began) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now() - began).count();
}

// The time from the first message, which start sends, until all are done.
template <class Start>
int64_t clocked(latch& done, Start start) {
  auto began = steady::now();
  start();
  done.wait();
  return since(began);
}

// Ends all actors of an iteration, which are all of the system, and waits until they are gone.
inline void stop(caf::actor_system& system, std::vector<caf::actor> actors) {
  for (auto& actor : actors)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
}

inline void add(outcome& sum, const std::vector<tally>& tallies) {
  for (auto& one : tallies) {
    sum.messages += one.messages;
    sum.answer += one.answer;
  }
}

using start_atom = caf::atom_constant<caf::atom("start")>;

scenarios flow_scenarios();
scenarios creation_scenarios();
scenarios meeting_scenarios();
scenarios bank_scenarios();
scenarios queens_scenarios();
scenarios latency_scenarios();
