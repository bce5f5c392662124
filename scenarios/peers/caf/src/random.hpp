// Random numbers of one actor: a multiply-with-carry step, seeded by SplitMix64.
#pragma once

#include <cstdint>

constexpr uint64_t multiplier = 0x7fa6502;

class random_stream {
public:
  // Stream k of a seed: SplitMix64's output number k + 1.
  random_stream(uint64_t seed, int64_t k) {
    auto z = seed + static_cast<uint64_t>(k + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    state_ = 1 + ((z ^ (z >> 31)) >> 6);
  }

  uint32_t value() {
    state_ = multiplier * (state_ & 0xffffffff) + (state_ >> 32);
    auto low = static_cast<uint32_t>(state_);
    return low ^ (low << 8);
  }

  // From 0 to bound - 1.
  int64_t below(int64_t bound) {
    return static_cast<int64_t>(uint64_t{value()} * static_cast<uint64_t>(bound) >> 32);
  }

private:
  uint64_t state_;
};
