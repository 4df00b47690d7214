"""What a person does to a trading process: commands, halts, cancelling, closing, health and backup, also where the process is dead."""
