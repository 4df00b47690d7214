"""What a run leaves behind: the decisions as JSON lines and the report page."""

from alaris.records.decisions import KEYS, decision_record, read_decisions, write_decisions

__all__ = ["KEYS", "decision_record", "read_decisions", "write_decisions"]
