// Input that cannot be priced: which argument, and why.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace alaris {

class InvalidInput : public std::invalid_argument {
  public:
    InvalidInput(std::string field, const std::string& message) : std::invalid_argument(message), field_(std::move(field)) {}
    const std::string& field() const noexcept { return field_; }

  private:
    std::string field_;
};

}  // namespace alaris
