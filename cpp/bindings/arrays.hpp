// numpy arrays in and out: anything that broadcasts, refused with the name of the argument that does not.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "alaris/column.hpp"
#include "alaris/errors.hpp"

namespace alaris::python {

namespace py = pybind11;

template <class Value>
using Array = py::array_t<Value, py::array::c_style | py::array::forcecast>;

// Collects the arguments of one call, finds the shape they share, and hands them on as columns.
class Broadcast {
  public:
    template <class Value>
    void add(const char* field, const py::object& argument, Column<Value>& column) {
        const Array<Value> array = convert<Value>(field, argument);
        widen(field, array);
        arrays_.push_back({field, array});
        bind_.push_back([&column](const py::array& final_array) {
            column.data = static_cast<const Value*>(final_array.data());
            column.stride = final_array.size() == 1 ? 0 : 1;
        });
    }

    // Call once, after every add: repeats what is neither one value nor of full shape.
    void settle() {
        for (std::size_t i = 0; i < arrays_.size(); ++i) {
            py::array& array = arrays_[i].second;
            if (array.size() != 1 && !same_shape(array)) {
                const py::module_ numpy = py::module_::import("numpy");
                array = numpy.attr("ascontiguousarray")(numpy.attr("broadcast_to")(array, shape_));
            }
            bind_[i](array);
        }
    }

    std::size_t count() const {
        std::size_t product = 1;
        for (const py::ssize_t extent : shape_) {
            product *= static_cast<std::size_t>(extent);
        }
        return product;
    }

    const std::vector<py::ssize_t>& shape() const { return shape_; }

  private:
    template <class Value>
    static Array<Value> convert(const char* field, const py::object& argument) {
        py::array raw = py::array::ensure(argument);
        const char kind = raw ? raw.dtype().kind() : 'O';
        const bool fits = std::is_same_v<Value, bool> ? kind == 'b' : (kind == 'f' || kind == 'i' || kind == 'u');
        if (!fits) {
            PyErr_Clear();
            throw InvalidInput(
                field, std::is_same_v<Value, bool> ? "must be True, False or an array of them" : "must be a number or an array of numbers");
        }
        return Array<Value>::ensure(raw);
    }

    void widen(const char* field, const py::array& array) {
        const auto dimensions = static_cast<std::size_t>(array.ndim());
        if (dimensions > shape_.size()) {
            shape_.insert(shape_.begin(), dimensions - shape_.size(), 1);
        }
        for (std::size_t i = 0; i < dimensions; ++i) {
            py::ssize_t& extent = shape_[shape_.size() - dimensions + i];
            const py::ssize_t own = array.shape(static_cast<py::ssize_t>(i));
            if (extent == 1) {
                extent = own;
            } else if (own != 1 && own != extent) {
                throw InvalidInput(field, "its shape does not broadcast with the arguments before it: " + std::to_string(own) +
                                              " against " + std::to_string(extent));
            }
        }
    }

    bool same_shape(const py::array& array) const {
        return static_cast<std::size_t>(array.ndim()) == shape_.size() && static_cast<std::size_t>(array.size()) == count();
    }

    std::vector<py::ssize_t> shape_;
    std::vector<std::pair<const char*, py::array>> arrays_;
    std::vector<std::function<void(const py::array&)>> bind_;
};

// A number where every argument was one value.
template <class Value>
py::object value_or_array(const Array<Value>& column) {
    return column.ndim() == 0 ? py::cast(*column.data()) : py::object(column);
}

}  // namespace alaris::python
