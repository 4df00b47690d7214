"""What a backtest leaves behind: equity samples, trades, statistics, and LEAN's four result files."""
