// alaris._core: the compiled part of Alaris.
#include <pybind11/pybind11.h>

#include "alaris/errors.hpp"
#include "alaris/kernels.hpp"
#include "topics.hpp"

namespace py = pybind11;

namespace {

// alaris::InvalidInput becomes alaris.domain.errors.InvalidInput.
void translate(std::exception_ptr raised) {
    try {
        std::rethrow_exception(std::move(raised));
    } catch (const alaris::InvalidInput& error) {
        const py::object type = py::module_::import("alaris.domain.errors").attr("InvalidInput");
        const py::object value = type(error.field(), error.what());
        PyErr_SetObject(type.ptr(), value.ptr());
    }
}

}  // namespace

PYBIND11_MODULE(_core, m) {
    m.doc() = "Compiled kernels of Alaris: option prices and realised volatility.";
    py::register_local_exception_translator(translate);
    m.def(
        "instruction_set", [] { return alaris::kernels().name; }, "Name of the kernels in use: avx512, avx2 or baseline.");
    alaris::python::bind_implied(m);
    alaris::python::bind_pricing(m);
    alaris::python::bind_scenario(m);
    alaris::python::bind_volatility(m);
}
