// The arguments of one call that values options.
#pragma once

#include <string_view>

#include "alaris/pricing.hpp"
#include "arrays.hpp"

namespace alaris::python {

using Object = const py::object&;

inline Style style_named(std::string_view name) {
    if (name == "american") {
        return Style::american;
    }
    if (name == "european") {
        return Style::european;
    }
    throw InvalidInput("style", "must be 'american' or 'european'");
}

inline const Scheme& scheme_named(std::string_view name) {
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

// Collects, broadcasts and checks; further columns can be added before settle().
class Call {
  public:
    Call(Object is_call, Object strike, Object time, Object rate, Object yield) {
        shape_.add("is_call", is_call, options_.is_call);
        shape_.add("strike", strike, options_.strike);
        shape_.add("time", time, options_.time);
        shape_.add("rate", rate, options_.rate);
        shape_.add("dividend_yield", yield, options_.yield);
    }

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    Call& spot(Object argument) { return add("spot", argument, options_.spot); }
    Call& volatility(Object argument) { return add("volatility", argument, options_.volatility); }

    Call& add(const char* field, Object argument, Column<double>& column) {
        shape_.add(field, argument, column);
        return *this;
    }

    void settle() {
        shape_.settle();
        options_.count = shape_.count();
        if (options_.spot.data == nullptr) {
            options_.spot = options_.strike;
        }
        check(options_);
    }

    template <class Value = double>
    Array<Value> column() const {
        return Array<Value>(shape_.shape());
    }
    const Options& options() const { return options_; }
    const std::vector<py::ssize_t>& shape() const { return shape_.shape(); }

  private:
    Options options_;
    Broadcast shape_;
};

}  // namespace alaris::python
