// n-queens: a master hands work to workers in turn; work items above the threshold come back as more.
#include "bench.hpp"

using namespace caf;

namespace {

using work_atom = atom_constant<atom("work")>;
using child_atom = atom_constant<atom("child")>;
using done_atom = atom_constant<atom("done")>;

struct chessboard {
  explicit chessboard(const parameters& of)
    : full(static_cast<uint32_t>((int64_t{1} << of.at("size")) - 1)),
      threshold(static_cast<uint32_t>(std::min(of.at("size"), of.at("threshold")))) {}

  uint32_t full;
  uint32_t threshold;
};

// Calls with each free column as a bit, lowest first, and what is attacked in the next row.
template <class With>
void place(uint32_t full, uint32_t columns, uint32_t left, uint32_t right, With with) {
  for (auto free = full & ~(columns | left | right); free != 0; free &= free - 1) {
    auto queen = free & -free;
    with(columns | queen, (left | queen) << 1 & full, (right | queen) >> 1);
  }
}

int64_t solutions(uint32_t full, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == full)
    return 1;
  int64_t count = 0;
  place(full, columns, left, right, [&](uint32_t c, uint32_t l, uint32_t r) { count += solutions(full, c, l, r); });
  return count;
}

int64_t items(const chessboard& board, uint32_t row, uint32_t columns, uint32_t left, uint32_t right) {
  int64_t count = 1;
  if (row < board.threshold)
    place(board.full, columns, left, right,
          [&](uint32_t c, uint32_t l, uint32_t r) { count += items(board, row + 1, c, l, r); });
  return count;
}

expectation expect_queens(const parameters& of, uint64_t) {
  chessboard board{of};
  return {3 * items(board, 0, 0, 0, 0), solutions(board.full, 0, 0, 0)};
}

class queens_worker : public event_based_actor {
public:
  queens_worker(actor_config& config, actor master, chessboard board, tally* own)
    : event_based_actor(config), master_(std::move(master)), board_(board), own_(*own) {}

  behavior make_behavior() override {
    return {[this](work_atom, uint32_t row, uint32_t columns, uint32_t left, uint32_t right) {
      ++own_.messages;
      if (row == board_.threshold) {
        send(master_, done_atom::value, solutions(board_.full, columns, left, right));
        return;
      }
      place(board_.full, columns, left, right, [&](uint32_t c, uint32_t l, uint32_t r) {
        send(master_, child_atom::value, row + 1, c, l, r);
      });
      send(master_, done_atom::value, int64_t{0});
    }};
  }

private:
  actor master_;
  chessboard board_;
  tally& own_;
};

class queens_master : public event_based_actor {
public:
  queens_master(actor_config& config, const std::vector<actor>* workers, tally* own, latch* done)
    : event_based_actor(config), workers_(*workers), own_(*own), done_(*done) {}

  behavior make_behavior() override {
    return {
      [this](child_atom, uint32_t row, uint32_t columns, uint32_t left, uint32_t right) {
        ++own_.messages;
        work(row, columns, left, right);
      },
      [this](done_atom, int64_t count) {
        ++own_.messages;
        own_.answer += count;
        if (++finished_ == sent_)
          done_.count_down();
      },
      [this](start_atom) {
        ++own_.messages;
        work(0, 0, 0, 0);
      },
    };
  }

private:
  void work(uint32_t row, uint32_t columns, uint32_t left, uint32_t right) {
    send(workers_[sent_++ % workers_.size()], work_atom::value, row, columns, left, right);
  }

  const std::vector<actor>& workers_;
  size_t sent_ = 0;
  size_t finished_ = 0;
  tally& own_;
  latch& done_;
};

outcome queens(const bench& in) {
  std::vector<tally> tallies(in.of.at("actors")), masters(1);
  std::vector<actor> workers;
  latch done{1};
  auto master = in.system.spawn<queens_master>(&workers, &masters[0], &done);
  for (auto& own : tallies)
    workers.push_back(in.system.spawn<queens_worker>(master, chessboard{in.of}, &own));
  outcome got;
  got.elapsed_ns = clocked(done, [&] { anon_send(master, start_atom::value); });
  auto all = workers;
  all.push_back(std::move(master));
  stop(in.system, std::move(all));
  add(got, tallies);
  add(got, masters);
  return got;
}

} // namespace

scenarios queens_scenarios() {
  return {{"n-queens", {{"size", 12}, {"threshold", 4}, {"actors", 20}}, expect_queens, queens}};
}
