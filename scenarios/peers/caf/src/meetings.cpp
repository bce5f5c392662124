// Scenarios in which everybody talks to one or to all: chameneos and big.
#include "bench.hpp"
#include "random.hpp"

using namespace caf;

namespace {

using meet_atom = atom_constant<atom("meet")>;
using match_atom = atom_constant<atom("match")>;
using change_atom = atom_constant<atom("change")>;
using exit_atom = atom_constant<atom("exit")>;
using count_atom = atom_constant<atom("count")>;
using ping_atom = atom_constant<atom("ping")>;
using pong_atom = atom_constant<atom("pong")>;

// chameneos

expectation expect_chameneos(const parameters& of, uint64_t) {
  return {4 * of.at("meetings") + 4 * of.at("creatures"), 2 * of.at("meetings")};
}

int32_t complement(int32_t a, int32_t b) {
  return a == b ? a : 3 - a - b;
}

class mall_actor : public event_based_actor {
public:
  mall_actor(actor_config& config, int64_t creatures, int64_t meetings, tally* own, latch* done)
    : event_based_actor(config), creatures_(creatures), left_(meetings), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](meet_atom, int32_t colour) {
        ++own_.messages;
        meet(actor_cast<actor>(current_sender()), colour);
      },
      [this](count_atom, int64_t meetings) {
        ++own_.messages;
        own_.answer += meetings;
        if (--creatures_ == 0)
          done_.count_down();
      },
    };
  }

private:
  void meet(actor sender, int32_t colour) {
    if (left_ == 0) {
      send(sender, exit_atom::value);
    } else if (!waiting_) {
      waiting_ = std::move(sender);
    } else {
      --left_;
      send(waiting_, match_atom::value, colour, std::move(sender));
      waiting_ = nullptr;
    }
  }

  int64_t creatures_;
  int64_t left_;
  actor waiting_;
  tally& own_;
  latch& done_;
};

class creature_actor : public event_based_actor {
public:
  creature_actor(actor_config& config, actor mall, int32_t colour, tally* own)
    : event_based_actor(config), mall_(std::move(mall)), colour_(colour), own_(*own) {}

  behavior make_behavior() override {
    return {
      [this](match_atom, int32_t colour, const actor& other) {
        ++meetings_;
        colour_ = complement(colour_, colour);
        send(other, change_atom::value, colour_);
        meet();
      },
      [this](change_atom, int32_t colour) {
        ++meetings_;
        colour_ = colour;
        meet();
      },
      [this](start_atom) { meet(); },
      [this](exit_atom) {
        ++own_.messages;
        send(mall_, count_atom::value, meetings_);
      },
    };
  }

private:
  void meet() {
    ++own_.messages;
    send(mall_, meet_atom::value, colour_);
  }

  actor mall_;
  int32_t colour_;
  int64_t meetings_ = 0;
  tally& own_;
};

outcome chameneos(const bench& in) {
  auto creatures = in.of.at("creatures");
  std::vector<tally> tallies(creatures), malls(1);
  std::vector<actor> all;
  latch done{1};
  auto mall = in.system.spawn<mall_actor>(creatures, in.of.at("meetings"), &malls[0], &done);
  for (int64_t k = 0; k < creatures; ++k)
    all.push_back(in.system.spawn<creature_actor>(mall, static_cast<int32_t>(k % 3), &tallies[k]));
  outcome got;
  got.elapsed_ns = clocked(done, [&] {
    for (auto& creature : all)
      anon_send(creature, start_atom::value);
  });
  all.push_back(std::move(mall));
  stop(in.system, std::move(all));
  add(got, tallies);
  add(got, malls);
  return got;
}

// big

expectation expect_big(const parameters& of, uint64_t seed) {
  auto actors = of.at("actors"), pings = of.at("pings");
  int64_t answer = 0;
  for (int64_t k = 0; k < actors; ++k) {
    random_stream numbers{seed, k};
    for (int64_t i = 0; i < pings; ++i)
      answer += numbers.below(actors);
  }
  return {2 * actors * pings + 2 * actors, answer};
}

class sink_actor : public event_based_actor {
public:
  sink_actor(actor_config& config, int64_t actors, tally* own, latch* done)
    : event_based_actor(config), left_(actors), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {[this](exit_atom, int64_t sum) {
      ++own_.messages;
      own_.answer += sum;
      if (--left_ == 0)
        done_.count_down();
    }};
  }

private:
  int64_t left_;
  tally& own_;
  latch& done_;
};

class big_actor : public event_based_actor {
public:
  // All actors are there before the first START. Pings carry the number of who sent them.
  big_actor(actor_config& config, const std::vector<actor>* all, actor sink, int64_t number, int64_t pings, uint64_t seed,
            tally* own, int64_t* strangers)
    : event_based_actor(config), all_(*all), sink_(std::move(sink)), number_(number), left_(pings), numbers_(seed, number),
      own_(*own), strangers_(*strangers) {}

  behavior make_behavior() override {
    return {
      [this](ping_atom, int64_t from) {
        ++own_.messages;
        send(all_[from], pong_atom::value, number_);
      },
      [this](pong_atom, int64_t from) {
        strangers_ += from != target_;
        sum_ += from;
        ping();
      },
      [this](start_atom) { ping(); },
    };
  }

private:
  void ping() {
    ++own_.messages;
    if (left_ == 0)
      return send(sink_, exit_atom::value, sum_);
    --left_;
    target_ = numbers_.below(static_cast<int64_t>(all_.size()));
    send(all_[target_], ping_atom::value, number_);
  }

  const std::vector<actor>& all_;
  actor sink_;
  int64_t number_;
  int64_t left_;
  int64_t target_ = 0;
  int64_t sum_ = 0;
  random_stream numbers_;
  tally& own_;
  int64_t& strangers_;
};

outcome big(const bench& in) {
  auto actors = in.of.at("actors");
  std::vector<tally> tallies(actors), sinks(1);
  std::vector<int64_t> strangers(actors);
  std::vector<actor> all;
  latch done{1};
  auto sink = in.system.spawn<sink_actor>(actors, &sinks[0], &done);
  for (int64_t k = 0; k < actors; ++k)
    all.push_back(in.system.spawn<big_actor>(&all, sink, k, in.of.at("pings"), in.seed, &tallies[k], &strangers[k]));
  outcome got;
  got.elapsed_ns = clocked(done, [&] {
    for (auto& one : all)
      anon_send(one, start_atom::value);
  });
  auto everybody = all;
  everybody.push_back(std::move(sink));
  stop(in.system, std::move(everybody));
  add(got, tallies);
  add(got, sinks);
  for (auto wrong : strangers)
    if (wrong > 0)
      got.fault = std::to_string(wrong) + " pongs came from others than an actor pinged";
  return got;
}

} // namespace

scenarios meeting_scenarios() {
  return {
    {"chameneos", {{"creatures", 100}, {"meetings", 200000}}, expect_chameneos, chameneos},
    {"big", {{"actors", 120}, {"pings", 5000}}, expect_big, big},
  };
}
