#include "memory.hpp"

#include <mimalloc.h>

const char* const allocator_name = "mimalloc";

std::optional<int64_t> allocated_bytes() {
  return std::nullopt;
}

// Refers to mimalloc, so that it is linked, and takes over malloc and new.
const int mimalloc_version = mi_version();
