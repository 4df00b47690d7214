// Python face of implied volatilities and exercise boundaries.
#include "alaris/implied.hpp"
#include "call.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

py::tuple implied(Object is_call, Object price, Object spot, Object strike, Object time, Object rate, Object yield, std::string_view style,
                  std::string_view precision, int threads) {
    Column<double> prices;
    Call call(is_call, strike, time, rate, yield);
    call.spot(spot).add("price", price, prices).settle();
    const Style exercise = style_named(style);
    const Scheme& numbers = scheme_named(precision);
    Array<double> volatility = call.column();
    Array<std::uint8_t> status = call.column<std::uint8_t>();
    {
        double* found = volatility.mutable_data();
        std::uint8_t* reason = status.mutable_data();
        const py::gil_scoped_release unlocked;
        implied_volatility(call.options(), prices, exercise, numbers, found, reason, threads);
    }
    return py::make_tuple(value_or_array(volatility), value_or_array(status));
}

py::tuple boundary(Object is_call, Object strike, Object time, Object rate, Object yield, Object volatility, Object times,
                   std::string_view precision) {
    Column<double> at;
    Call call(is_call, strike, time, rate, yield);
    call.volatility(volatility).add("times", times, at).settle();
    const Scheme& numbers = scheme_named(precision);
    for (std::size_t i = 0; i < call.options().count; ++i) {
        if (!(at[i] >= 0.0 && at[i] <= call.options().time[i])) {
            throw InvalidInput("times", "must be years to expiry between 0 and time; value " + std::to_string(at[i]));
        }
    }
    Array<double> upper = call.column();
    Array<double> lower = call.column();
    {
        const Boundaries boundaries{upper.mutable_data(), lower.mutable_data()};
        const py::gil_scoped_release unlocked;
        exercise_boundary(call.options(), at, numbers, boundaries, 1);
    }
    return py::make_tuple(value_or_array(upper), value_or_array(lower));
}

}  // namespace

void bind_implied(py::module_& m) {
    m.def("implied_volatility", &implied);
    m.def("exercise_boundary", &boundary);
}

}  // namespace alaris::python
