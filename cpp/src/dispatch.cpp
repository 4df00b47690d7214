// Which kernels this processor runs.
#include <cstdlib>
#include <cstring>

#include "alaris/kernels.hpp"

namespace alaris {
namespace {

#if defined(__x86_64__)
bool allowed(const char* name) {
    const char* asked = std::getenv("ALARIS_ISA");
    return asked == nullptr || std::strcmp(asked, name) == 0;
}
#endif

Kernels best() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    if (has_avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
        __builtin_cpu_supports("avx512vl") != 0 && allowed("avx512")) {
        return avx512::table();
    }
    if (has_avx2 && allowed("avx2")) {
        return avx2::table();
    }
#endif
    return baseline::table();
}

}  // namespace

const Kernels& kernels() {
    static const Kernels chosen = best();
    return chosen;
}

}  // namespace alaris
