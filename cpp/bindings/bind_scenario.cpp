// Python face of scenario repricing.
#include "alaris/scenario.hpp"
#include "call.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

Array<double> moves_of(const char* field, Object argument, double least) {
    Array<double> moves = Array<double>::ensure(argument);
    if (!moves || moves.ndim() != 1) {
        PyErr_Clear();
        throw InvalidInput(field, "must be a one-dimensional array of numbers");
    }
    for (py::ssize_t i = 0; i < moves.size(); ++i) {
        if (!(moves.at(i) >= least && moves.at(i) <= 1e4)) {
            throw InvalidInput(field, "value out of range: " + std::to_string(moves.at(i)));
        }
    }
    return moves;
}

py::array scenarios(Object is_call, Object spot, Object strike, Object time, Object rate, Object yield, Object volatility,
                    Object spot_moves, Object volatility_moves, Object days, std::string_view style, std::string_view precision,
                    int threads) {
    Call call(is_call, strike, time, rate, yield);
    call.spot(spot).volatility(volatility).settle();
    const Array<double> spots = moves_of("spot_moves", spot_moves, -0.999999);
    const Array<double> volatilities = moves_of("volatility_moves", volatility_moves, -1.0);
    const Array<double> passed = moves_of("days", days, 0.0);
    const Style exercise = style_named(style);
    const Scheme& numbers = scheme_named(precision);
    std::vector<py::ssize_t> shape = call.shape();
    shape.insert(shape.end(), {passed.size(), volatilities.size(), spots.size()});
    Array<double> out(shape);
    {
        double* values = out.mutable_data();
        const Moves moves{static_cast<std::size_t>(passed.size()),
                          static_cast<std::size_t>(volatilities.size()),
                          static_cast<std::size_t>(spots.size()),
                          passed.data(),
                          volatilities.data(),
                          spots.data()};
        const py::gil_scoped_release unlocked;
        scenario_values(call.options(), moves, exercise, numbers, values, threads);
    }
    return out;
}

}  // namespace

void bind_scenario(py::module_& m) {
    m.def("scenario_values", &scenarios);
}

}  // namespace alaris::python
