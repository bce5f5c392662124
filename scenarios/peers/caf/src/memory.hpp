// Memory of this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

// A field of /proc/self/status in bytes.
std::optional<int64_t> status_bytes(const std::string& field);

// Of the allocator that the program is linked with.
extern const char* const allocator_name;

// Bytes allocated now, by the allocator's own account; nothing if it keeps none.
std::optional<int64_t> allocated_bytes();
