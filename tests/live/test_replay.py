"""The record of a live day: it is readable by its owner only, and playing it again gives the same decisions, or says which one differs."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from live_desk import DECIDER, Desk

from alaris.domain import DataError
from alaris.live.replay import replay
from alaris.live.tape import RecordingTape, ReplayedTape, day_file, read_day

DAY = date(2017, 2, 8)


def recorded(desk: Desk) -> None:
    """A day with quotes, a fill in two parts, and a lost connection."""
    for minute in range(12):
        desk.market(10 + 60 * minute)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.wall.then(133.7, lambda: desk.gateway.fill("T1|entry|1", 1))
    desk.wall.then(420.1, lambda: desk.gateway.fill("T1|entry|1", 1))
    assert desk.run(DECIDER).completed, desk.log


def test_a_replayed_day_decides_the_same_byte_for_byte(desk: Desk) -> None:
    recorded(desk)
    (found,) = replay(desk.folder / "record", DAY)
    assert found.same, (found.error, found.first_difference)
    assert found.started.date() == DAY
    assert len(found.then) > 70  # a decision every five minutes, and the order's events
    assert [json.loads(line)["event"] for line in found.then if "event" in line][-1] == "FILLED"
    assert not list((desk.folder / "record").glob("replay-*"))  # nothing is left beside the record


def test_a_change_of_the_algorithm_is_found(desk: Desk) -> None:
    recorded(desk)
    file = desk.folder / "algorithm.py"
    file.write_text(DECIDER.replace("minute % 5 == 0", "minute % 5 == 0 and self.time.hour < 15"))
    (found,) = replay(desk.folder / "record", DAY)
    assert not found.same
    assert found.first_difference is not None
    assert json.loads(found.then[found.first_difference])["as_of"] == "2017-02-08T15:00:00-05:00"


def test_the_record_is_for_its_owner_and_survives_a_torn_end(desk: Desk) -> None:
    recorded(desk)
    path = day_file(desk.folder / "record", DAY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    whole = list(read_day(path.parent, DAY))
    path.write_bytes(path.read_bytes()[:-20])
    assert list(read_day(path.parent, DAY)) == whole[: len(list(read_day(path.parent, DAY)))]
    assert len(list(read_day(path.parent, DAY))) < len(whole)


def test_a_day_without_a_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no record of 2017-02-08"):
        replay(tmp_path, DAY)


def test_a_day_without_the_start_of_its_process_is_refused(tmp_path: Path) -> None:
    day_file(tmp_path, DAY).write_bytes(gzip.compress(b'{"kind":"wait","n":0,"answer":{"at":"2017-02-08T15:00:00+00:00"}}\n'))
    with pytest.raises(DataError, match="no start of the process"):
        replay(tmp_path, DAY)


def test_the_nth_question_of_a_kind_gets_its_own_answer(tmp_path: Path) -> None:
    tape, at = RecordingTape(tmp_path), datetime(2017, 2, 8, 15, tzinfo=UTC)
    answers: dict[str, list[list[int]]] = {"a": [[], [1], [], [2]], "b": [[3], [], [4], []]}
    for n in range(4):
        for kind, said in answers.items():
            assert tape.take(kind, lambda answer=said[n]: answer) == said[n]  # type: ignore[misc]  # the default binds this answer
    tape.flush(at)
    played = ReplayedTape(read_day(tmp_path, DAY))
    for n in range(4):
        for kind, said in answers.items():
            assert (played.take(kind, lambda: pytest.fail("the world is asked")) or []) == said[n]
