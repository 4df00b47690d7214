// Python face of prices and Greeks: checks, releases the GIL, translates nothing else.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string_view>

#include "alaris/pricing.hpp"
#include "arrays.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

Style style_named(std::string_view name) {
    if (name == "american") {
        return Style::american;
    }
    if (name == "european") {
        return Style::european;
    }
    throw InvalidInput("style", "must be 'american' or 'european'");
}

const Scheme& scheme_named(std::string_view name) {
    if (name == "fast") {
        return scheme(Precision::fast);
    }
    if (name == "accurate") {
        return scheme(Precision::accurate);
    }
    if (name == "high") {
        return scheme(Precision::high);
    }
    if (name == "reference") {
        return scheme(Precision::reference);
    }
    throw InvalidInput("precision", "must be 'fast', 'accurate', 'high' or 'reference'");
}

// One call's arguments.
class Call {
  public:
    Call(const py::object& is_call, const py::object& spot, const py::object& strike, const py::object& time, const py::object& rate,
         const py::object& yield, const py::object& volatility) {
        shape_.add("is_call", is_call, options_.is_call);
        shape_.add("spot", spot, options_.spot);
        shape_.add("strike", strike, options_.strike);
        shape_.add("time", time, options_.time);
        shape_.add("rate", rate, options_.rate);
        shape_.add("dividend_yield", yield, options_.yield);
        shape_.add("volatility", volatility, options_.volatility);
        shape_.settle();
        options_.count = shape_.count();
        check(options_);
    }

    Array<double> column() const { return shape_.result(); }
    const Options& options() const { return options_; }

  private:
    Options options_;
    Broadcast shape_;
};

using Object = const py::object&;

py::object price(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                 std::string_view style, std::string_view precision, int threads) {
    const Call call(is_call, spot, strike, time, rate, yield, volatility);
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
    const Call call(is_call, spot, strike, time, rate, yield, volatility);
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
