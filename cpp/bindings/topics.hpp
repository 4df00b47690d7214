// One binding file a topic; each adds its functions to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace alaris::python {

void bind_implied(pybind11::module_& m);
void bind_pricing(pybind11::module_& m);
void bind_scenario(pybind11::module_& m);
void bind_volatility(pybind11::module_& m);

}  // namespace alaris::python
