"""A fake gateway and our connection to it; a test fails on whatever the client library logs as an error without being expected to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from broker_desk import Connect, Desk
from fake_gateway import FakeGateway
from gateway_faults.playing import HARMLESS, QUICK, library_errors, spoken_version

from alaris.broker import GatewayAddress, QuoteRules, Timeouts


@pytest.fixture
def expected_errors() -> list[str]:
    """Texts the library may log as errors in this test."""
    return list(HARMLESS)


@pytest.fixture(autouse=True)
def no_library_errors(expected_errors: list[str]) -> Iterator[None]:
    """A message decoded wrongly shows nowhere else."""
    with library_errors() as logged:
        yield
    assert [text for text in logged if not any(known in text for known in expected_errors)] == []


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """A gateway with a small market of YUM, paper account DU1234567."""
    with FakeGateway(version=spoken_version()) as gateway:
        yield gateway


@pytest.fixture
def connect(fake: FakeGateway) -> Iterator[Connect]:
    """Makes connections of ours; they end with the test."""
    with ExitStack() as stack:

        def made(
            client_id: int = 33,
            *,
            timeouts: Timeouts = QUICK,
            rules: QuoteRules | None = None,
            spare_ids: tuple[int, ...] = (),
            ready: bool = True,
        ) -> Desk:
            desk = Desk(fake, GatewayAddress(port=fake.port, client_id=client_id, spare_ids=spare_ids), timeouts, rules)
            stack.enter_context(desk.gateway)
            if ready:
                desk.ready()
            return desk

        yield made


@pytest.fixture
def desk(connect: Connect) -> Desk:
    """One connection, ready."""
    return connect()
