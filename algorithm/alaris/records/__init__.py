"""What a run leaves behind: the decisions as JSON lines, what stands beside them, and the report page."""

from alaris.records.decisions import KEYS, decision_record, read_decisions, write_decisions
from alaris.records.run_folder import Origin, RunFolder, read_run, write_run

__all__ = ["KEYS", "Origin", "RunFolder", "decision_record", "read_decisions", "read_run", "write_decisions", "write_run"]
