#include "memory.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

const char* const allocator_name = "system";

std::optional<int64_t> allocated_bytes() {
#ifdef __GLIBC__
  auto info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
#else
  return std::nullopt;
#endif
}
