// fork-join-creation: creating actors is on the clock.
#include "bench.hpp"
#include "memory.hpp"

using namespace caf;

namespace {

using create_atom = atom_constant<atom("create")>;
using created_atom = atom_constant<atom("created")>;

expectation expect_creation(const parameters& of, uint64_t) {
  auto actors = of.at("actors");
  return {2 * actors + 1, actors * (actors + 1) / 2};
}

class created_actor : public event_based_actor {
public:
  created_actor(actor_config& config, actor creator, tally* own)
    : event_based_actor(config), creator_(std::move(creator)), own_(*own) {}

  behavior make_behavior() override {
    return {[this](create_atom, int64_t k) {
      ++own_.messages;
      send(creator_, created_atom::value, k + 1);
    }};
  }

  void on_exit() override {
    creator_ = nullptr; // the creator refers to its actors
  }

private:
  actor creator_;
  tally& own_;
};

class creator_actor : public event_based_actor {
public:
  creator_actor(actor_config& config, std::vector<tally>* tallies, std::vector<actor>* created, tally* own, latch* done)
    : event_based_actor(config), tallies_(*tallies), created_(*created), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](created_atom, int64_t number) {
        ++own_.messages;
        own_.answer += number;
        if (--left_ == 0)
          done_.count_down();
      },
      [this](start_atom) {
        ++own_.messages;
        create();
      },
    };
  }

private:
  void create() {
    auto self = actor_cast<actor>(this);
    left_ = tallies_.size();
    for (int64_t k = 0; k < left_; ++k) {
      created_.push_back(spawn<created_actor, lazy_init>(self, &tallies_[k])); // its first message follows at once
      send(created_.back(), create_atom::value, k);
    }
  }

  std::vector<tally>& tallies_;
  std::vector<actor>& created_; // keeps them alive
  tally& own_;
  latch& done_;
  int64_t left_ = 0;
};

outcome creation(const bench& in) {
  auto actors = in.of.at("actors");
  std::vector<tally> tallies(actors), creators(1);
  std::vector<actor> created;
  created.reserve(actors);
  latch done{1};
  auto creator = in.system.spawn<creator_actor>(&tallies, &created, &creators[0], &done);
  auto allocated = allocated_bytes(), resident = status_bytes("VmRSS");
  outcome got;
  got.elapsed_ns = clocked(done, [&] { anon_send(creator, start_atom::value); });
  auto note = [&](const char* name, std::optional<int64_t> before, std::optional<int64_t> after) {
    if (before && after)
      got.extra[name] = static_cast<double>(*after - *before) / actors;
  };
  note("retained_bytes_per_actor", allocated, allocated_bytes());
  note("resident_bytes_per_actor", resident, status_bytes("VmRSS"));
  created.push_back(std::move(creator));
  stop(in.system, std::move(created));
  add(got, tallies);
  add(got, creators);
  return got;
}

} // namespace

scenarios creation_scenarios() {
  return {{"fork-join-creation", {{"actors", 100000}}, expect_creation, creation}};
}
