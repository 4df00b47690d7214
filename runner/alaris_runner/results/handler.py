"""Collect a running backtest (messages, samples, plots, fills) and write it as LEAN's result files.

The engine calls, in this order::

    results = ResultHandler("run", output)
    results.log(text, algorithm_time)                  # any time, also in initialize; debug and error alike
    results.begin(description, engine, utc_start)      # after initialize, before the first time step
    for each time step:
        results.on_market_price(symbol, price)         # each security with any data in the slice, before that slice's fills
        results.on_order_event(order, event, security) # every order event, when it happens
        results.on_daily_sample(utc)                   # 00:00 algorithm time of every calendar day, start date included
        results.on_step_end(utc)                       # end of each time step, also those without on_data
    results.finish(utc_last_slice, status="Completed")
"""

from __future__ import annotations
