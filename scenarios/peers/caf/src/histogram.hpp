// Times in buckets less than 1 % wide: 128 a doubling.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

class histogram {
public:
  histogram() : counts_(40 * per_doubling) {}

  void record(int64_t ns) {
    auto time = static_cast<uint64_t>(std::max<int64_t>(ns, 0));
    auto shift = std::max(0, 56 - __builtin_clzll(time | 1));
    ++counts_[shift * per_doubling + (time >> shift)];
  }

  void add(const histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
  }

  // The largest value and the count of each bucket in use.
  std::vector<std::pair<int64_t, int64_t>> lines() const {
    std::vector<std::pair<int64_t, int64_t>> result;
    for (int64_t i = 0; i < static_cast<int64_t>(counts_.size()); ++i) {
      auto shift = std::max<int64_t>(0, i / per_doubling - 1);
      if (counts_[i] > 0)
        result.emplace_back(((i - shift * per_doubling + 1) << shift) - 1, counts_[i]);
    }
    return result;
  }

private:
  static constexpr int64_t per_doubling = 128;
  std::vector<uint32_t> counts_;
};
