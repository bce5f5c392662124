// Scenarios whose times are recorded: end-to-end, a closed loop, and latency-under-load, an open one.
#include "bench.hpp"
#include "random.hpp"

using namespace caf;

namespace {

using request_atom = atom_constant<atom("request")>;
using reply_atom = atom_constant<atom("reply")>;
using tick_atom = atom_constant<atom("tick")>;
using load_atom = atom_constant<atom("load")>;
using end_atom = atom_constant<atom("end")>;

// Written by one actor, read when it is gone.
struct timings {
  tally own;
  histogram times;
};

outcome sum_up(int64_t elapsed_ns, const std::vector<timings>& all) {
  outcome got;
  got.elapsed_ns = elapsed_ns;
  got.latencies.emplace();
  uint32_t answer = 0;
  for (auto& one : all) {
    got.messages += one.own.messages;
    answer += static_cast<uint32_t>(one.own.answer);
    got.latencies->add(one.times);
  }
  got.answer = answer;
  return got;
}

// end-to-end

uint32_t step(uint32_t value, int64_t stage) {
  return value * static_cast<uint32_t>(multiplier) + static_cast<uint32_t>(stage) + 1;
}

expectation expect_end_to_end(const parameters& of, uint64_t seed) {
  auto clients = of.at("clients"), requests = of.at("requests"), stages = of.at("stages");
  uint32_t answer = 0;
  for (int64_t k = 0; k < clients; ++k) {
    random_stream numbers{seed, k};
    for (int64_t r = 0; r < requests; ++r) {
      auto value = numbers.value();
      for (int64_t stage = 0; stage < stages; ++stage)
        value = step(value, stage);
      answer += value;
    }
  }
  return {clients + clients * requests * (stages + 1), answer};
}

class stage_actor : public event_based_actor {
public:
  stage_actor(actor_config& config, int64_t stage, actor next, tally* own)
    : event_based_actor(config), stage_(stage), next_(std::move(next)), own_(*own) {}

  behavior make_behavior() override {
    if (!next_)
      return {[this](request_atom, uint32_t value, const actor& client) {
        ++own_.messages;
        send(client, reply_atom::value, step(value, stage_));
      }};
    return {[this](request_atom, uint32_t value, actor& client) {
      ++own_.messages;
      send(next_, request_atom::value, step(value, stage_), std::move(client));
    }};
  }

private:
  int64_t stage_;
  actor next_; // none after the last stage
  tally& own_;
};

class client_actor : public event_based_actor {
public:
  client_actor(actor_config& config, const std::vector<actor>* first, int64_t number, int64_t requests, uint64_t seed,
               timings* got, latch* done)
    : event_based_actor(config), first_(*first), entry_(number), left_(requests), numbers_(seed, number), got_(*got),
      done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](reply_atom, uint32_t value) {
        got_.times.record(since(sent_));
        got_.own.answer += value;
        request();
      },
      [this](start_atom) { request(); },
    };
  }

private:
  void request() {
    ++got_.own.messages;
    if (left_ == 0)
      return done_.count_down();
    --left_;
    auto value = numbers_.value();
    sent_ = steady::now();
    send(first_[entry_++ % first_.size()], request_atom::value, value, actor_cast<actor>(this));
  }

  const std::vector<actor>& first_;
  size_t entry_;
  int64_t left_;
  random_stream numbers_;
  steady::time_point sent_;
  timings& got_;
  latch& done_;
};

outcome end_to_end(const bench& in) {
  auto width = in.of.at("width"), stages = in.of.at("stages"), clients = in.of.at("clients");
  std::vector<tally> tallies(stages * width);
  std::vector<timings> got(clients);
  std::vector<actor> row(width), all, callers;
  for (auto stage = stages - 1; stage >= 0; --stage) {
    auto following = row;
    for (int64_t i = 0; i < width; ++i) {
      row[i] = in.system.spawn<stage_actor>(stage, following[(i + 1) % width], &tallies[stage * width + i]);
      all.push_back(row[i]);
    }
  }
  latch done{clients};
  for (int64_t k = 0; k < clients; ++k)
    callers.push_back(in.system.spawn<client_actor>(&row, k, in.of.at("requests"), in.seed, &got[k], &done));
  auto elapsed = clocked(done, [&] {
    for (auto& client : callers)
      anon_send(client, start_atom::value);
  });
  all.insert(all.end(), callers.begin(), callers.end());
  stop(in.system, std::move(all));
  auto sum = sum_up(elapsed, got);
  add(sum, tallies);
  return sum;
}

// latency-under-load

expectation expect_latency(const parameters& of, uint64_t seed) {
  random_stream numbers{seed, 0};
  uint32_t answer = 0;
  for (int64_t i = 0; i < of.at("messages"); ++i) {
    auto server = static_cast<uint32_t>(numbers.below(of.at("servers")));
    answer += (server + 1) * numbers.value();
  }
  return {of.at("messages"), answer};
}

class server_actor : public event_based_actor {
public:
  server_actor(actor_config& config, uint32_t number, timings* got, latch* done)
    : event_based_actor(config), number_(number), got_(*got), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](load_atom, uint32_t value, int64_t intended) {
        ++got_.own.messages;
        sum_ += value;
        got_.times.record(since(steady::time_point{std::chrono::nanoseconds{intended}}));
      },
      [this](end_atom) {
        got_.own.answer = number_ * sum_;
        done_.count_down();
      },
    };
  }

private:
  uint32_t number_;
  uint32_t sum_ = 0;
  timings& got_;
  latch& done_;
};

class sender_actor : public event_based_actor {
public:
  sender_actor(actor_config& config, std::vector<actor> servers, int64_t rate, int64_t messages, uint64_t seed)
    : event_based_actor(config), servers_(std::move(servers)), rate_(rate), messages_(messages), numbers_(seed, 0) {}

  behavior make_behavior() override {
    return {[this](tick_atom) {
      if (sent_ == 0)
        began_ = steady::now();
      send_due(since(began_));
      if (sent_ < messages_)
        return send(this, tick_atom::value);
      for (auto& server : servers_)
        send(server, end_atom::value);
    }};
  }

private:
  void send_due(int64_t now) {
    for (; sent_ < messages_; ++sent_) {
      auto intended = sent_ * 1'000'000'000 / rate_;
      if (intended > now)
        return;
      auto& server = servers_[numbers_.below(static_cast<int64_t>(servers_.size()))];
      auto time = began_.time_since_epoch() + std::chrono::nanoseconds{intended};
      send(server, load_atom::value, numbers_.value(), int64_t{std::chrono::nanoseconds{time}.count()});
    }
  }

  std::vector<actor> servers_;
  int64_t rate_;
  int64_t messages_;
  int64_t sent_ = 0;
  steady::time_point began_;
  random_stream numbers_;
};

outcome latency_under_load(const bench& in) {
  auto servers = in.of.at("servers");
  std::vector<timings> got(servers);
  std::vector<actor> all;
  latch done{servers};
  for (int64_t s = 0; s < servers; ++s)
    all.push_back(in.system.spawn<server_actor>(static_cast<uint32_t>(s + 1), &got[s], &done));
  auto sender = in.system.spawn<sender_actor>(all, in.of.at("rate"), in.of.at("messages"), in.seed);
  auto elapsed = clocked(done, [&] { anon_send(sender, tick_atom::value); });
  all.push_back(std::move(sender));
  stop(in.system, std::move(all));
  return sum_up(elapsed, got);
}

} // namespace

scenarios latency_scenarios() {
  return {
    {"end-to-end", {{"clients", 500}, {"stages", 4}, {"width", 125}, {"requests", 200}}, expect_end_to_end, end_to_end},
    {"latency-under-load", {{"servers", 4}, {"rate", 200000}, {"messages", 100000}}, expect_latency, latency_under_load},
  };
}
