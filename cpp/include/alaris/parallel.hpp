// Work in blocks of fixed size, on as many threads as asked for; the blocks, and so the results, do not depend on their number.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace alaris {

// Calls work(begin, end) for every block of [0, count).
template <class Work>
void in_blocks(std::size_t count, std::size_t block, int threads, const Work& work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t begin = next.fetch_add(block); begin < count; begin = next.fetch_add(block)) {
            work(begin, std::min(begin + block, count));
        }
    };
    const std::size_t blocks = (count + block - 1) / block;
    const std::size_t helpers = std::min<std::size_t>(std::max(threads, 1), std::max<std::size_t>(blocks, 1)) - 1;
    std::vector<std::thread> others;
    others.reserve(helpers);
    for (std::size_t i = 0; i < helpers; ++i) {
        others.emplace_back(run);
    }
    run();
    for (std::thread& other : others) {
        other.join();
    }
}

}  // namespace alaris
