#include "alaris/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "alaris/parallel.hpp"
#include "alaris/puts.hpp"

namespace alaris {
namespace {

// All scenarios of one leg.
class Leg {
  public:
    Leg(const Options& legs, std::size_t leg, const Moves& moves, Style style, const Scheme& scheme, double* values)
        : legs_(legs),
          leg_(leg),
          moves_(moves),
          style_(style),
          scheme_(scheme),
          values_(values + leg * moves.days * moves.volatilities * moves.spots) {}

    void run() {
        const PutKind kind = kind_of(put_of(legs_, leg_), style_);
        if (kind == PutKind::single) {
            shared();
        } else {
            separate();
        }
    }

  private:
    std::size_t rows() const { return moves_.days * moves_.volatilities; }
    double time(std::size_t row) const { return std::max(legs_.time[leg_] - moves_.day[row / moves_.volatilities] / 365.0, 0.0); }
    double volatility(std::size_t row) const { return legs_.volatility[leg_] * (1.0 + moves_.volatility[row % moves_.volatilities]); }
    double spot(std::size_t i) const { return legs_.spot[leg_] * (1.0 + moves_.spot[i]); }

    // Every option by itself: Europeans are cheap, two boundaries rare.
    void separate() {
        const std::size_t count = rows() * moves_.spots;
        std::vector<double> spots(count), times(count), volatilities(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t row = i / moves_.spots;
            spots[i] = spot(i % moves_.spots);
            times[i] = time(row);
            volatilities[i] = volatility(row);
        }
        evaluate(moved(spots, times, volatilities), style_, scheme_, values_to(values_), 1);
    }

    Options moved(const std::vector<double>& spots, const std::vector<double>& times, const std::vector<double>& volatilities) const {
        Options options;
        options.count = spots.size();
        options.is_call = {&legs_.is_call[leg_], 0};
        options.spot = {spots.data(), 1};
        options.strike = {&legs_.strike[leg_], 0};
        options.time = {times.data(), 1};
        options.rate = {&legs_.rate[leg_], 0};
        options.yield = {&legs_.yield[leg_], 0};
        options.volatility = {volatilities.data(), 1};
        return options;
    }

    static Values values_to(double* price) {
        Values values;
        values.price = price;
        return values;
    }

    // One boundary a row of spots.
    void shared() {
        const std::size_t columns = moves_.spots;
        std::vector<double> spots(rows() * columns);
        std::vector<double> prices(spots.size());
        std::vector<double> time_left, volatilities;
        std::vector<std::size_t> solved;
        const bool call = legs_.is_call[leg_];
        const double strike = legs_.strike[leg_];
        for (std::size_t row = 0; row < rows(); ++row) {
            if (is_certain(time(row), volatility(row))) {
                certain(row);
                continue;
            }
            for (std::size_t i = 0; i < columns; ++i) {
                spots[solved.size() * columns + i] = call ? strike / spot(i) : spot(i) / strike;
            }
            time_left.push_back(time(row));
            volatilities.push_back(volatility(row));
            solved.push_back(row);
        }
        const Put put = put_of(legs_, leg_);
        const std::vector<double> rate(solved.size(), put.rate);
        const std::vector<double> yield(solved.size(), put.yield);
        const std::vector<double> one(solved.size(), 1.0);
        const PutArrays puts{solved.size(), one.data(), time_left.data(), rate.data(), yield.data(), volatilities.data(), one.data()};
        kernels().american_shared(puts, *scheme_.patient, columns, spots.data(), prices.data());
        for (std::size_t j = 0; j < solved.size(); ++j) {
            for (std::size_t i = 0; i < columns; ++i) {
                const double unit = call ? spot(i) : strike;
                const double intrinsic = std::max(call ? spot(i) - strike : strike - spot(i), 0.0);
                values_[solved[j] * columns + i] = std::max(unit * prices[j * columns + i], intrinsic);
            }
        }
    }

    void certain(std::size_t row) {
        std::vector<double> spots(moves_.spots);
        for (std::size_t i = 0; i < moves_.spots; ++i) {
            spots[i] = spot(i);
        }
        const std::vector<double> times(moves_.spots, time(row));
        const std::vector<double> volatilities(moves_.spots, volatility(row));
        evaluate(moved(spots, times, volatilities), style_, scheme_, values_to(values_ + row * moves_.spots), 1);
    }

    const Options& legs_;
    std::size_t leg_;
    const Moves& moves_;
    Style style_;
    const Scheme& scheme_;
    double* values_;
};

}  // namespace

void scenario_values(const Options& legs, const Moves& moves, Style style, const Scheme& scheme, double* values, int threads) {
    in_blocks(legs.count, 1, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t leg = begin; leg < end; ++leg) {
            Leg(legs, leg, moves, style, scheme, values).run();
        }
    });
}

}  // namespace alaris
