// bank: transfers that overlap, each of four messages.
#include "bench.hpp"
#include "random.hpp"

using namespace caf;

namespace {

using transfer_atom = atom_constant<atom("transfer")>;
using credit_atom = atom_constant<atom("credit")>;
using ack_atom = atom_constant<atom("ack")>;
using done_atom = atom_constant<atom("done")>;

struct transfer {
  transfer(random_stream& numbers, int64_t accounts)
    : source(numbers.below(accounts)), target((source + 1 + numbers.below(accounts - 1)) % accounts),
      amount(1 + numbers.below(1000)) {}

  int64_t source;
  int64_t target;
  int64_t amount;
};

expectation expect_bank(const parameters& of, uint64_t seed) {
  random_stream numbers{seed, 0};
  int64_t answer = 0;
  for (int64_t i = 0; i < of.at("transfers"); ++i) {
    transfer drawn{numbers, of.at("accounts")};
    answer += drawn.amount * (drawn.target - drawn.source);
  }
  return {4 * of.at("transfers") + 1, answer};
}

class account_actor : public event_based_actor {
public:
  account_actor(actor_config& config, const std::vector<actor>* accounts, const actor* teller, int64_t number, tally* own)
    : event_based_actor(config), accounts_(*accounts), teller_(*teller), number_(number), own_(*own) {}

  behavior make_behavior() override {
    return {
      [this](transfer_atom, int64_t target, int64_t amount) {
        ++own_.messages;
        own_.answer -= amount; // the balance, until the end
        send(accounts_[target], credit_atom::value, number_, amount);
      },
      [this](credit_atom, int64_t source, int64_t amount) {
        ++own_.messages;
        own_.answer += amount;
        send(accounts_[source], ack_atom::value);
      },
      [this](ack_atom) {
        ++own_.messages;
        send(teller_, done_atom::value);
      },
    };
  }

private:
  const std::vector<actor>& accounts_;
  const actor& teller_;
  int64_t number_;
  tally& own_;
};

class teller_actor : public event_based_actor {
public:
  teller_actor(actor_config& config, const std::vector<actor>* accounts, int64_t transfers, uint64_t seed, tally* own, latch* done)
    : event_based_actor(config), accounts_(*accounts), transfers_(transfers), numbers_(seed, 0), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](done_atom) {
        if (++own_.messages == transfers_ + 1)
          done_.count_down();
      },
      [this](start_atom) {
        ++own_.messages;
        for (int64_t i = 0; i < transfers_; ++i) {
          transfer next{numbers_, static_cast<int64_t>(accounts_.size())};
          send(accounts_[next.source], transfer_atom::value, next.target, next.amount);
        }
      },
    };
  }

private:
  const std::vector<actor>& accounts_;
  int64_t transfers_;
  random_stream numbers_;
  tally& own_;
  latch& done_;
};

outcome bank(const bench& in) {
  auto count = in.of.at("accounts");
  std::vector<tally> tallies(count), tellers(1);
  std::vector<actor> accounts;
  latch done{1};
  auto teller = in.system.spawn<teller_actor>(&accounts, in.of.at("transfers"), in.seed, &tellers[0], &done);
  for (int64_t k = 0; k < count; ++k)
    accounts.push_back(in.system.spawn<account_actor>(&accounts, &teller, k, &tallies[k]));
  outcome got;
  got.elapsed_ns = clocked(done, [&] { anon_send(teller, start_atom::value); });
  auto all = accounts;
  all.push_back(teller);
  stop(in.system, std::move(all));
  int64_t left = 0;
  for (int64_t k = 0; k < count; ++k) {
    left += tallies[k].answer;
    tallies[k].answer *= k;
  }
  add(got, tallies);
  add(got, tellers);
  if (left != 0)
    got.fault = "the balances add up to " + std::to_string(left) + ", not 0";
  return got;
}

} // namespace

scenarios bank_scenarios() {
  return {{"bank", {{"accounts", 1000}, {"transfers", 100000}}, expect_bank, bank}};
}
