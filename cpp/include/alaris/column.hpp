// A column of input: one value for every option, or one value each.
#pragma once

#include <cstddef>

namespace alaris {

template <class Value>
struct Column {
    const Value* data = nullptr;
    std::size_t stride = 0;  // 0: the same value for all; 1: one each

    const Value& operator[](std::size_t i) const noexcept { return data[i * stride]; }
};

}  // namespace alaris
