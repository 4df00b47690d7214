// Python face of the volatility kernels: checks shapes, releases the GIL, translates nothing else.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "alaris/realized_volatility.hpp"
#include "arrays.hpp"
#include "topics.hpp"

namespace alaris::python {
namespace {

Window window_of(int length, int least, int sessions) {
    if (length < 2) {
        throw InvalidInput("window", "must be at least 2 bars");
    }
    if (least < 2 || least > length) {
        throw InvalidInput("min_periods", "must be between 2 and the window");
    }
    if (sessions < 1) {
        throw InvalidInput("sessions", "must be at least 1 a year");
    }
    return {length, least, sessions};
}

template <MoveSet set>
py::array estimate(const py::object& open, const py::object& high, const py::object& low, const py::object& close, int length, int least,
                   int sessions) {
    const Window window = window_of(length, least, sessions);
    const char* fields[] = {"open", "high", "low", "close"};
    const py::object* arguments[] = {&open, &high, &low, &close};
    Array<double> columns[4];
    for (int i = 0; i < 4; ++i) {
        columns[i] = Array<double>::ensure(*arguments[i]);
        if (!columns[i] || columns[i].ndim() != 1) {
            PyErr_Clear();
            throw InvalidInput(fields[i], "must be a one-dimensional array of numbers");
        }
        if (columns[i].size() != columns[0].size()) {
            throw InvalidInput(fields[i], "must have as many bars as open");
        }
    }
    const Bars bars{static_cast<std::size_t>(columns[0].size()),
                    {columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()}};
    Array<double> out(columns[0].size());
    double* result = out.mutable_data();
    const py::gil_scoped_release unlocked;
    realized_volatility(set, bars, window, result);
    return out;
}

}  // namespace

void bind_volatility(py::module_& m) {
    m.def("yang_zhang", &estimate<MoveSet::yang_zhang>);
    m.def("rogers_satchell", &estimate<MoveSet::rogers_satchell>);
    m.def("garman_klass", &estimate<MoveSet::garman_klass>);
    m.def("parkinson", &estimate<MoveSet::parkinson>);
    m.def("close_to_close", &estimate<MoveSet::close_to_close>);
}

}  // namespace alaris::python
