#include "alaris/implied.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alaris/parallel.hpp"
#include "alaris/puts.hpp"

namespace alaris {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Of the price of a put with strike 1, against its bounds.
ImpliedStatus status_of(const Put& put, double price, Style style) {
    const bool usable = put.spot > 0.0 && put.spot < 1e100 && put.unit > 0.0 && put.time > 0.0 && put.time <= 200.0 &&
                        std::fabs(put.rate * put.time) <= kMostGrowth && std::fabs(put.yield * put.time) <= kMostGrowth &&
                        std::isfinite(price);
    if (!usable) {
        return ImpliedStatus::bad_input;
    }
    const double bond = std::exp(-put.rate * put.time);
    const double least = certain_value(put, style).price;
    // an out-of-the-money price keeps its digits however small; one in the money is known to the rounding of its intrinsic value
    const double rounding = least > 0.0 ? 4e-16 * std::max(1.0, put.spot) : 0.0;
    if (price < least - rounding) {
        return ImpliedStatus::below_intrinsic;
    }
    if (price <= least + rounding) {
        return ImpliedStatus::no_vega;
    }
    return price >= (style == Style::american ? std::max(bond, 1.0) : bond) ? ImpliedStatus::above_bound : ImpliedStatus::ok;
}

class Block {
  public:
    Block(const Options& options, const Column<double>& price, Style style, const ImpliedSchemes& schemes, double* volatility,
          std::uint8_t* status)
        : options_(options), price_(price), style_(style), schemes_(schemes), volatility_(volatility), status_(status) {}

    void run(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Put put = put_of(options_, i);
            const double price = price_[i] / put.unit;
            const ImpliedStatus status = status_of(put, price, style_);
            status_[i] = static_cast<std::uint8_t>(status);
            volatility_[i] = kNone;
            if (status == ImpliedStatus::ok) {
                const auto kind = static_cast<std::size_t>(kind_of(put, style_));
                wanted_[kind][gathered_[kind].count()] = price;
                gathered_[kind].add(put, i);
            }
        }
        for (const PutKind kind : {PutKind::european, PutKind::single, PutKind::both}) {
            finish(kind, gathered_[static_cast<std::size_t>(kind)], wanted_[static_cast<std::size_t>(kind)]);
        }
    }

  private:
    using Numbers = std::array<double, kBlock>;

    void finish(PutKind kind, const Gathered& gathered, const Numbers& wanted) {
        if (gathered.count() == 0) {
            return;
        }
        kernels().implied(kind, gathered.puts(), schemes_, wanted.data(), found_.data());
        for (std::size_t j = 0; j < gathered.count(); ++j) {
            const std::size_t i = gathered.index(j);
            const double found = found_[j];
            if (found > 0.0 && found < kMost) {
                volatility_[i] = found;
            } else {
                status_[i] = static_cast<std::uint8_t>(found >= kMost ? ImpliedStatus::above_bound : ImpliedStatus::no_vega);
            }
        }
    }

    static constexpr double kMost = 19.99;  // the search ends at 20
    const Options& options_;
    const Column<double>& price_;
    Style style_;
    const ImpliedSchemes& schemes_;
    double* volatility_;
    std::uint8_t* status_;
    std::array<Gathered, 3> gathered_;  // by PutKind
    std::array<Numbers, 3> wanted_;
    Numbers found_;
};

class BoundaryBlock {
  public:
    BoundaryBlock(const Options& options, const Column<double>& times, const Scheme& scheme, const Boundaries& boundaries)
        : options_(options), times_(times), scheme_(scheme), boundaries_(boundaries) {}

    void run(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            boundaries_.upper[i] = kNone;
            boundaries_.lower[i] = kNone;
            const Put put = put_of(options_, i);
            const PutKind kind = kind_of(put, Style::american);
            if (kind != PutKind::european && put.time > 0.0 && put.volatility > 0.0) {
                const auto k = static_cast<std::size_t>(kind);
                at_[k][gathered_[k].count()] = times_[i];
                gathered_[k].add(put, i);
            }
        }
        for (const PutKind kind : {PutKind::single, PutKind::both}) {
            finish(kind, gathered_[static_cast<std::size_t>(kind)], at_[static_cast<std::size_t>(kind)]);
        }
    }

  private:
    using Numbers = std::array<double, kBlock>;

    // The put's boundary b is the call's 1 / b, in strikes, and its upper end the call's lower.
    void finish(PutKind kind, const Gathered& gathered, const Numbers& at) {
        if (gathered.count() == 0) {
            return;
        }
        kernels().boundary(kind, gathered.puts(), scheme_, at.data(), {upper_.data(), lower_.data()});
        for (std::size_t j = 0; j < gathered.count(); ++j) {
            const std::size_t i = gathered.index(j);
            const double strike = options_.strike[i];
            const bool call = options_.is_call[i];
            boundaries_.upper[i] = call ? strike / lower_[j] : strike * upper_[j];
            boundaries_.lower[i] = call ? strike / upper_[j] : strike * lower_[j];
        }
    }

    const Options& options_;
    const Column<double>& times_;
    const Scheme& scheme_;
    const Boundaries& boundaries_;
    std::array<Gathered, 3> gathered_;
    std::array<Numbers, 3> at_;
    Numbers upper_, lower_;
};

}  // namespace

void implied_volatility(const Options& options, const Column<double>& price, Style style, const Scheme& exact, double* volatility,
                        std::uint8_t* status, int threads) {
    const ImpliedSchemes schemes{exact.coarse == nullptr ? &exact : exact.coarse, exact.patient};
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { Block(options, price, style, schemes, volatility, status).run(begin, end); });
}

void exercise_boundary(const Options& options, const Column<double>& times, const Scheme& scheme, const Boundaries& boundaries,
                       int threads) {
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { BoundaryBlock(options, times, *scheme.patient, boundaries).run(begin, end); });
}

}  // namespace alaris
