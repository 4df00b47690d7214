// The fuzz target without a fuzzer: the same random inputs every time, for CTest and for compilers that have no libFuzzer.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    const long inputs = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 2000;
    std::mt19937_64 engine(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4);
    std::vector<std::uint8_t> bytes;
    for (long i = 0; i < inputs; ++i) {
        bytes.resize(engine() % 1024);
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(engine());
        }
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%ld inputs, nothing found\n", inputs);
    return 0;
}
