"""The simulated brokerage: order processing, fills, fees, buying power, exercise and assignment."""
