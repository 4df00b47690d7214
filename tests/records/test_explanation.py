"""Ten phases of a decision: what passed, what refused with value and limit, what was not reached."""

from dataclasses import replace

from sample_results import refused_by_guard, refused_early, traded

from alaris.domain import Decision, Phase, Reason, Verdict
from alaris.records import decision_record
from alaris.records.explanation import Line, PhaseExplanation, State, explain
from alaris.records.wording import CHECKS, EXITS, NONE
from alaris.settings import load_settings
from alaris.workflow.exits import ExitReason
from alaris_plugins import FIRST_PARTY


def explained(decision: Decision) -> dict[str, PhaseExplanation]:
    return {phase.phase: phase for phase in explain(decision_record(decision), load_settings().model_dump(mode="json"))}


def test_a_traded_event_passes_all_ten_phases() -> None:
    phases = explained(traded())
    assert list(phases) == [phase.value for phase in Phase]
    assert {phase.state for phase in phases.values()} == {State.PASSED}
    assert Line("IV30 / RV30", "1.49", "≥ 1.25", passed=True) in phases["signal"].lines
    assert (
        Line("STHD001A vega independence", NONE, "0.7", passed=True, note="missing input passes in this profile")
        in phases["validation"].lines
    )
    assert Line("P&L", "+$224.00") in phases["audit"].lines


def test_a_refusal_ends_in_its_phase_with_value_and_limit() -> None:
    phases = explained(refused_early())
    assert phases["universe"].state is State.REFUSED
    assert phases["universe"].lines == (
        Line("LOW_VOLUME", "812,000", "1,500,000", passed=False, note="mean share volume is under the minimum"),
    )
    assert {phases[phase.value].state for phase in list(Phase)[1:]} == {State.NOT_REACHED}
    assert phases["market_data"].lines == ()


def test_a_failed_check_is_said_once_and_beside_the_quotes_it_judged() -> None:
    phases = explained(refused_by_guard())
    failed = [line for line in phases["validation"].lines if line.passed is False]
    assert [line.name for line in failed] == ["STCS006A cost survival"]
    assert (failed[0].value, failed[0].limit) == ("0.71", "0.4")
    assert Line("natural debit", "$0.95") in phases["validation"].lines
    assert [line.name for line in phases["market_data"].lines] == ["spot", "DTqc001A price"]


def test_a_failed_check_that_is_not_enforced_says_so() -> None:
    phases = explained(replace(traded(), verdicts=refused_by_guard().verdicts))
    assert phases["validation"].state is State.NOT_ENFORCED
    assert phases["execution"].state is State.PASSED


def test_a_warning_passes_with_a_mark() -> None:
    warning = Verdict("DTqc003A", passed=True, value=7.0, limit=0.0, reason=Reason.VOLUME_IMPLAUSIBLE, note="7 contracts did not trade")
    line = explained(replace(traded(), verdicts=(warning,)))["market_data"].lines[1]
    assert (line.passed, line.warned, line.note) == (True, True, "7 contracts did not trade")


def test_without_settings_limits_are_left_blank() -> None:
    phases = {phase.phase: phase for phase in explain(decision_record(traded()), {})}
    assert Line("IV30 / RV30", "1.49") in phases["signal"].lines


def test_every_exit_reason_has_its_words() -> None:
    assert set(EXITS) == {reason.value for reason in ExitReason} | {"ASSIGNED_OR_EXPIRED"}  # the engine's own, not the strategy's
    assert explained(traded())["execution"].lines[1] == Line("exit", "$1.20", note="9 Feb 2017; the reaction session came")


def test_every_first_party_check_has_its_name() -> None:
    guards = {name for name in FIRST_PARTY if name.startswith(("DTqc", "ST"))}
    assert set(CHECKS) == guards
