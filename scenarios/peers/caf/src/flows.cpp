// Scenarios of few kinds of messages and static wiring: ping-pong, counting, thread-ring, fork-join-throughput.
#include "bench.hpp"

using namespace caf;

namespace {

using ping_atom = atom_constant<atom("ping")>;
using pong_atom = atom_constant<atom("pong")>;
using increment_atom = atom_constant<atom("increment")>;
using retrieve_atom = atom_constant<atom("retrieve")>;
using result_atom = atom_constant<atom("result")>;
using token_atom = atom_constant<atom("token")>;
using work_atom = atom_constant<atom("work")>;

// ping-pong

int64_t pings_each(const parameters& of) {
  return std::max<int64_t>(1, of.at("pings") / of.at("pairs"));
}

expectation expect_ping_pong(const parameters& of, uint64_t) {
  return {of.at("pairs") * (2 * pings_each(of) + 1), of.at("pairs") * pings_each(of)};
}

class pong_actor : public event_based_actor {
public:
  pong_actor(actor_config& config, tally* own) : event_based_actor(config), own_(*own) {}

  behavior make_behavior() override {
    return {[this](ping_atom) {
      ++own_.messages;
      ++own_.answer;
      return pong_atom::value;
    }};
  }

private:
  tally& own_;
};

class ping_actor : public event_based_actor {
public:
  ping_actor(actor_config& config, actor pong, int64_t pings, tally* own, latch* done)
    : event_based_actor(config), pong_(std::move(pong)), left_(pings), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {[this](pong_atom) { ping(); }, [this](start_atom) { ping(); }};
  }

private:
  void ping() {
    ++own_.messages;
    if (left_ == 0)
      return done_.count_down();
    --left_;
    send(pong_, ping_atom::value);
  }

  actor pong_;
  int64_t left_;
  tally& own_;
  latch& done_;
};

outcome ping_pong(const bench& in) {
  auto pairs = in.of.at("pairs");
  std::vector<tally> pings(pairs), pongs(pairs);
  std::vector<actor> starters, all;
  latch done{pairs};
  for (int64_t i = 0; i < pairs; ++i) {
    all.push_back(in.system.spawn<pong_actor>(&pongs[i]));
    starters.push_back(in.system.spawn<ping_actor>(all.back(), pings_each(in.of), &pings[i], &done));
  }
  outcome got;
  got.elapsed_ns = clocked(done, [&] {
    for (auto& ping : starters)
      anon_send(ping, start_atom::value);
  });
  all.insert(all.end(), starters.begin(), starters.end());
  stop(in.system, std::move(all));
  add(got, pings);
  add(got, pongs);
  return got;
}

// counting

expectation expect_counting(const parameters& of, uint64_t) {
  return {of.at("messages") + 3, of.at("messages")};
}

class counter_actor : public event_based_actor {
public:
  counter_actor(actor_config& config, tally* own) : event_based_actor(config), own_(*own) {}

  behavior make_behavior() override {
    return {
      [this](increment_atom) {
        ++own_.messages;
        ++count_;
      },
      [this](retrieve_atom) {
        ++own_.messages;
        send(actor_cast<actor>(current_sender()), result_atom::value, count_);
      },
    };
  }

private:
  tally& own_;
  int64_t count_ = 0;
};

class producer_actor : public event_based_actor {
public:
  producer_actor(actor_config& config, actor counter, int64_t messages, tally* own, latch* done)
    : event_based_actor(config), counter_(std::move(counter)), messages_(messages), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](start_atom) {
        ++own_.messages;
        for (int64_t i = 0; i < messages_; ++i)
          send(counter_, increment_atom::value);
        send(counter_, retrieve_atom::value);
      },
      [this](result_atom, int64_t count) {
        ++own_.messages;
        own_.answer = count;
        done_.count_down();
      },
    };
  }

private:
  actor counter_;
  int64_t messages_;
  tally& own_;
  latch& done_;
};

outcome counting(const bench& in) {
  std::vector<tally> tallies(2);
  latch done{1};
  auto counter = in.system.spawn<counter_actor>(&tallies[0]);
  auto producer = in.system.spawn<producer_actor>(counter, in.of.at("messages"), &tallies[1], &done);
  outcome got;
  got.elapsed_ns = clocked(done, [&] { anon_send(producer, start_atom::value); });
  stop(in.system, {counter, producer});
  add(got, tallies);
  return got;
}

// thread-ring

int64_t hops_each(const parameters& of) {
  return std::max<int64_t>(1, of.at("hops") / of.at("tokens"));
}

expectation expect_ring(const parameters& of, uint64_t) {
  auto actors = of.at("actors"), tokens = of.at("tokens");
  int64_t answer = 0;
  for (int64_t t = 0; t < tokens; ++t)
    answer += 1 + (t * actors / tokens + hops_each(of)) % actors;
  return {tokens * (hops_each(of) + 1), answer};
}

class ring_actor : public event_based_actor {
public:
  // The next actor is looked up in the ring, which is complete before the first token.
  ring_actor(actor_config& config, const std::vector<actor>* ring, int64_t number, tally* own, latch* done)
    : event_based_actor(config), ring_(*ring), number_(number), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {[this](token_atom, int64_t hops) {
      ++own_.messages;
      if (hops > 0) {
        send(ring_[number_ + 1 == static_cast<int64_t>(ring_.size()) ? 0 : number_ + 1], token_atom::value, hops - 1);
        return;
      }
      own_.answer += number_ + 1;
      done_.count_down();
    }};
  }

private:
  const std::vector<actor>& ring_;
  int64_t number_;
  tally& own_;
  latch& done_;
};

outcome thread_ring(const bench& in) {
  auto actors = in.of.at("actors"), tokens = in.of.at("tokens");
  std::vector<tally> tallies(actors);
  std::vector<actor> ring;
  latch done{tokens};
  for (int64_t i = 0; i < actors; ++i)
    ring.push_back(in.system.spawn<ring_actor>(&ring, i, &tallies[i], &done));
  outcome got;
  got.elapsed_ns = clocked(done, [&] {
    for (int64_t t = 0; t < tokens; ++t)
      anon_send(ring[t * actors / tokens % actors], token_atom::value, hops_each(in.of));
  });
  stop(in.system, std::move(ring));
  add(got, tallies);
  return got;
}

// fork-join-throughput

expectation expect_throughput(const parameters& of, uint64_t) {
  auto work = of.at("actors") * of.at("messages");
  return {work + 1, work};
}

class work_actor : public event_based_actor {
public:
  work_actor(actor_config& config, int64_t messages, tally* own, latch* done)
    : event_based_actor(config), messages_(messages), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {[this](work_atom) {
      ++own_.messages;
      if (++own_.answer == messages_)
        done_.count_down();
    }};
  }

private:
  int64_t messages_;
  tally& own_;
  latch& done_;
};

class deal_actor : public event_based_actor {
public:
  deal_actor(actor_config& config, std::vector<actor> workers, int64_t rounds, tally* own)
    : event_based_actor(config), workers_(std::move(workers)), rounds_(rounds), own_(*own) {}

  behavior make_behavior() override {
    return {[this](start_atom) {
      ++own_.messages;
      for (int64_t round = 0; round < rounds_; ++round)
        for (auto& worker : workers_)
          send(worker, work_atom::value);
    }};
  }

private:
  std::vector<actor> workers_;
  int64_t rounds_;
  tally& own_;
};

outcome throughput(const bench& in) {
  auto actors = in.of.at("actors"), messages = in.of.at("messages");
  std::vector<tally> tallies(actors), dealt(1);
  std::vector<actor> all;
  latch done{actors};
  for (auto& own : tallies)
    all.push_back(in.system.spawn<work_actor>(messages, &own, &done));
  auto dealer = in.system.spawn<deal_actor>(all, messages, &dealt[0]);
  outcome got;
  got.elapsed_ns = clocked(done, [&] { anon_send(dealer, start_atom::value); });
  all.push_back(dealer);
  stop(in.system, std::move(all));
  add(got, tallies);
  add(got, dealt);
  for (auto& one : tallies)
    if (one.answer != messages)
      got.fault = "an actor counted " + std::to_string(one.answer) + ", not " + std::to_string(messages);
  return got;
}

} // namespace

scenarios flow_scenarios() {
  return {
    {"ping-pong", {{"pings", 500000}, {"pairs", 1}}, expect_ping_pong, ping_pong},
    {"counting", {{"messages", 1000000}}, expect_counting, counting},
    {"thread-ring", {{"actors", 100}, {"tokens", 1}, {"hops", 1000000}}, expect_ring, thread_ring},
    {"fork-join-throughput", {{"actors", 60}, {"messages", 10000}}, expect_throughput, throughput},
  };
}
