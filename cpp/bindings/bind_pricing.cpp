// Python face of prices and Greeks: checks, releases the GIL, translates nothing else.
#include "call.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

// One option as plain Python numbers, without any array.
class One {
  public:
    One(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility) {
        plain_ = PyBool_Check(is_call.ptr()) && read(spot, spot_) && read(strike, strike_) && read(time, time_) && read(rate, rate_) &&
                 read(yield, yield_) && read(volatility, volatility_);
        is_call_ = is_call.ptr() == Py_True;
    }

    bool plain() const { return plain_; }

    Options options() const {
        Options options;
        options.count = 1;
        options.is_call = {&is_call_, 0};
        options.spot = {&spot_, 0};
        options.strike = {&strike_, 0};
        options.time = {&time_, 0};
        options.rate = {&rate_, 0};
        options.yield = {&yield_, 0};
        options.volatility = {&volatility_, 0};
        check(options);
        return options;
    }

  private:
    static bool read(Object argument, double& value) {
        if (!PyFloat_CheckExact(argument.ptr())) {
            return false;
        }
        value = PyFloat_AS_DOUBLE(argument.ptr());
        return true;
    }

    bool plain_, is_call_;
    double spot_{}, strike_{}, time_{}, rate_{}, yield_{}, volatility_{};
};

py::object price(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                 std::string_view style, std::string_view precision, int threads) {
    const One one(is_call, spot, strike, time, rate, yield, volatility);
    if (one.plain()) {
        double result = 0.0;
        Values values;
        values.price = &result;
        evaluate_one(one.options(), style_named(style), scheme_named(precision), values);
        return py::float_(result);
    }
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

// price, delta, gamma, theta; with slopes vega and rho too.
py::tuple greeks(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                 std::string_view style, std::string_view precision, int threads, bool slopes) {
    Call call(is_call, strike, time, rate, yield);
    call.spot(spot).volatility(volatility).settle();
    const Style exercise = style_named(style);
    const Scheme& numbers = scheme_named(precision);
    std::vector<Array<double>> out;
    for (int i = 0; i < (slopes ? 6 : 4); ++i) {
        out.push_back(call.column());
    }
    {
        Values values{out[0].mutable_data(), out[1].mutable_data(), out[2].mutable_data(), out[3].mutable_data(), nullptr, nullptr};
        if (slopes) {
            values.vega = out[4].mutable_data();
            values.rho = out[5].mutable_data();
        }
        const py::gil_scoped_release unlocked;
        evaluate(call.options(), exercise, numbers, values, threads);
    }
    py::tuple result(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        result[i] = value_or_array(out[i]);
    }
    return result;
}

}  // namespace

void bind_pricing(py::module_& m) {
    m.def("price", &price);
    m.def("greeks", &greeks);
}

}  // namespace alaris::python
