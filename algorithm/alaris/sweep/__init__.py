"""Many backtests as one piece of work: plans of parameter sets, processes or a cluster to run them, and what the results are worth."""
