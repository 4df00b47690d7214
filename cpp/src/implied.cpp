#include "alaris/implied.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

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

// American puts of one kind: Newton inside a bracket, on all puts still moving at once, so that the few that take long do not hold up
// their neighbours in the lanes. First on the swift scheme, then on the exact one, until the last step is so small that its square cannot
// matter.
class Search {
  public:
    Search(PutKind kind, const Gathered& puts, const double* price, double* volatility)
        : kernel_(kind == PutKind::both ? kernels().american_both : kernels().american_single),
          puts_(puts),
          price_(price),
          volatility_(volatility) {
        kernels().implied(kind, puts.puts(), price, volatility);
        for (std::size_t i = 0; i < puts.count(); ++i) {
            volatility_[i] = std::min(std::max(volatility_[i], kLeast), kMost);
        }
    }

    void run(const Scheme& scheme, double settled) {
        moving_.resize(puts_.count());
        for (std::size_t i = 0; i < puts_.count(); ++i) {
            moving_[i] = i;
            low_[i] = kLeast;
            high_[i] = kMost;
        }
        for (int step = 0; step < kSteps && !moving_.empty(); ++step) {
            value(scheme);
            const auto rests = [&](std::size_t i) { return !moves(i, settled); };
            moving_.erase(std::remove_if(moving_.begin(), moving_.end(), rests), moving_.end());
        }
    }

  private:
    using Numbers = std::array<double, kBlock>;
    static constexpr double kLeast = 1e-4;
    static constexpr double kMost = 20.0;
    static constexpr int kSteps = 40;

    // Price and vega of all that move; those whose boundary has not settled once more, together. A few are patient at once.
    void value(const Scheme& scheme) {
        std::vector<std::size_t> unsettled, never;
        if (moving_.size() <= Gathered::kFew) {
            evaluate(*scheme.patient, moving_, never);
            return;
        }
        evaluate(scheme, moving_, unsettled);
        if (!unsettled.empty()) {
            evaluate(*scheme.patient, unsettled, never);
        }
    }

    void evaluate(const Scheme& scheme, const std::vector<std::size_t>& which, std::vector<std::size_t>& unsettled) {
        gathered_.clear();
        for (const std::size_t i : which) {
            gathered_.add(puts_, i, volatility_[i]);
        }
        gathered_.pad();
        kernel_(gathered_.puts(), scheme, {out_.data(), delta_.data(), gamma_.data(), out_vega_.data(), carry_.data(), change_.data()});
        for (std::size_t j = 0; j < which.size(); ++j) {
            value_[which[j]] = out_[j];
            vega_[which[j]] = out_vega_[j];
            if (!(change_[j] <= scheme.tolerance)) {
                unsettled.push_back(which[j]);
            }
        }
    }

    // One step; whether another is needed.
    bool moves(std::size_t i, double settled) {
        const double excess = value_[i] - price_[i];
        if (!(std::fabs(excess) > 1e-15)) {
            return false;
        }
        (excess < 0.0 ? low_ : high_)[i] = volatility_[i];
        const double newton = volatility_[i] - excess / vega_[i];
        const double next = newton > low_[i] && newton < high_[i] ? newton : std::sqrt(low_[i] * high_[i]);
        const double change = std::fabs(next - volatility_[i]);
        volatility_[i] = next;
        // near the boundary vega vanishes and the price bends, so the step that ends the search has to be the smaller
        return change > settled * next * std::min(std::fabs(vega_[i]) * 10.0, 1.0);
    }

    void (*kernel_)(const PutArrays&, const Scheme&, const ValueArrays&);
    const Gathered& puts_;
    const double* price_;
    double* volatility_;
    std::vector<std::size_t> moving_;
    Numbers low_, high_, value_, vega_;
    Gathered gathered_;
    Numbers out_, delta_, gamma_, out_vega_, carry_, change_;  // of the gathered puts
};

class Block {
  public:
    Block(const Options& options, const Column<double>& price, Style style, const Scheme& scheme, double* volatility, std::uint8_t* status)
        : options_(options), price_(price), style_(style), scheme_(scheme), volatility_(volatility), status_(status) {}

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
        if (kind == PutKind::european) {
            kernels().implied(kind, gathered.puts(), wanted.data(), found_.data());
        } else {
            Search search(kind, gathered, wanted.data(), found_.data());
            const Scheme& swift =
                scheme(Precision::fast);  // one Newton step leaves its vega three digits, so it needs the smaller last step
            if (&swift != &scheme_) {
                search.run(swift, 1e-2);
            }
            search.run(scheme_, &swift == &scheme_ ? 5e-7 : 1e-5);
        }
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
    const Scheme& scheme_;
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
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { Block(options, price, style, exact, volatility, status).run(begin, end); });
}

void exercise_boundary(const Options& options, const Column<double>& times, const Scheme& scheme, const Boundaries& boundaries,
                       int threads) {
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { BoundaryBlock(options, times, *scheme.patient, boundaries).run(begin, end); });
}

}  // namespace alaris
