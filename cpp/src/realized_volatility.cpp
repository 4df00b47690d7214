#include "alaris/realized_volatility.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alaris {
namespace {

// Logarithms of one bar: overnight, then high, low and close from the open.
struct Moves {
    double overnight, up, down, session;
    bool usable;
};

Moves moves(const Bars& bars, std::size_t i) {
    const double open = bars.open[i];
    const Moves m{std::log(open / bars.close[i - 1]), std::log(bars.high[i] / open), std::log(bars.low[i] / open),
                  std::log(bars.close[i] / open), true};
    return {m.overnight, m.up, m.down, m.session, std::isfinite(m.overnight + m.up + m.down + m.session)};
}

struct Sums {
    double n = 0, overnight = 0, overnight2 = 0, session = 0, session2 = 0, rogers_satchell = 0;
};

double sample_variance(double sum, double squares, double n) {
    return std::max(squares - sum * sum / n, 0.0) / (n - 1.0);
}

// Yang-Zhang (2000), equations 7, 8 and 10.
double yang_zhang(const Sums& s) {
    const double k = 0.34 / (1.34 + (s.n + 1.0) / (s.n - 1.0));
    return sample_variance(s.overnight, s.overnight2, s.n) + k * sample_variance(s.session, s.session2, s.n) +
           (1.0 - k) * s.rogers_satchell / s.n;
}

}  // namespace

void realized_volatility(Estimator estimator, const Bars& bars, const Window& window, double* out) {
    (void)estimator;
    const auto length = static_cast<std::size_t>(window.length);
    for (std::size_t i = 0; i < bars.count; ++i) {
        Sums s;
        for (std::size_t j = i + 1 > length ? i + 1 - length : 0; j <= i; ++j) {
            if (j == 0) {
                continue;
            }
            const Moves m = moves(bars, j);
            if (!m.usable) {
                continue;
            }
            s.n += 1.0;
            s.overnight += m.overnight;
            s.overnight2 += m.overnight * m.overnight;
            s.session += m.session;
            s.session2 += m.session * m.session;
            s.rogers_satchell += m.up * (m.up - m.session) + m.down * (m.down - m.session);
        }
        out[i] = s.n >= std::max(window.least, 2) ? std::sqrt(std::max(yang_zhang(s), 0.0) * window.sessions)
                                                  : std::numeric_limits<double>::quiet_NaN();
    }
}

}  // namespace alaris
