// Python face of prices and Greeks: checks, releases the GIL, translates nothing else.
#include "call.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

py::object price(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                 std::string_view style, std::string_view precision, int threads) {
    Call call(is_call, strike, time, rate, yield);
    call.spot(spot).volatility(volatility).settle();
    const Style exercise = style_named(style);
    const Scheme& numbers = scheme_named(precision);
    Array<double> out = call.column();
    Values values;
    values.price = out.mutable_data();
    {
        const py::gil_scoped_release unlocked;
        evaluate(call.options(), exercise, numbers, values, threads);
    }
    return value_or_array(out);
}

py::tuple greeks(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                 std::string_view style, std::string_view precision, int threads) {
    Call call(is_call, strike, time, rate, yield);
    call.spot(spot).volatility(volatility).settle();
    const Style exercise = style_named(style);
    const Scheme& numbers = scheme_named(precision);
    Array<double> out[6];
    for (Array<double>& column : out) {
        column = call.column();
    }
    {
        const Values values{out[0].mutable_data(), out[1].mutable_data(), out[2].mutable_data(),
                            out[3].mutable_data(), out[4].mutable_data(), out[5].mutable_data()};
        const py::gil_scoped_release unlocked;
        evaluate(call.options(), exercise, numbers, values, threads);
    }
    return py::make_tuple(value_or_array(out[0]), value_or_array(out[1]), value_or_array(out[2]), value_or_array(out[3]),
                          value_or_array(out[4]), value_or_array(out[5]));
}

}  // namespace

void bind_pricing(py::module_& m) {
    m.def("price", &price);
    m.def("greeks", &greeks);
}

}  // namespace alaris::python
