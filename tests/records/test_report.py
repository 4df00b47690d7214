"""The report page: one file without network needs, everything escaped, nothing missing, and it copes with what is absent."""

import html.parser
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sample_results import lean_result, refused_early, result_folder, traded

from alaris.domain import DataError, Reason, Rejection
from alaris.records import Origin, read_run, write_run
from alaris.records.page import equity_curve
from alaris.records.report import write_report
from alaris.settings import load_settings

VOID = {"meta", "link", "br", "hr", "img", "input"}
OPTIONAL_END = {"th", "td", "tr"}  # HTML lets these end by themselves


class Page(html.parser.HTMLParser):
    """Collects tags, addresses and text of a page, and checks that elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attributes if name in {"src", "href", "action", "data"}]
        if tag not in VOID | OPTIONAL_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in OPTIONAL_END:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_page_needs_no_network(tmp_path: Path) -> None:
    page = report(result_folder(tmp_path))
    assert all(address.startswith("#") for address in page.addresses)
    style = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(" not in style


def test_the_page_tells_the_run(tmp_path: Path) -> None:
    text = report(result_folder(tmp_path)).text
    for words in (
        "+$224.00",
        "1 of 1 won",
        "1 traded, 2 refused",
        "Mean share volume is under the minimum",
        "LOW_VOLUME",
        "812,000 1,500,000",
        "the round-trip cost is above its cap in USD (0.71 against 0.4)",
        "one calendar source is enough in this profile",
        "universe.minimum_sources",
        "/home/user/.cache/alaris/demo",
        "Sharpe Ratio 1.21",
    ):
        assert words in text, words


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_data_are_named_first(tmp_path: Path, synthetic: bool) -> None:
    text = report(result_folder(tmp_path, synthetic=synthetic)).text
    assert ("SYNTHETIC" in text) == synthetic
    if synthetic:
        assert text.startswith(
            "SYNTHETIC · Earnings calendars, preset eve · Alaris SYNTHETIC Fictitious companies and made-up prices. Seed 20261120"
        )


def test_an_absent_term_structure_is_said(tmp_path: Path) -> None:
    assert "The term structure of this event was not recorded." in report(result_folder(tmp_path, term_structures=False)).text


def test_a_folder_with_decisions_alone_is_enough(tmp_path: Path) -> None:
    for path in result_folder(tmp_path).iterdir():
        if path.name != "decisions.jsonl":
            path.unlink()
    text = report(tmp_path).text
    assert "The run did not record its origin." in text
    assert "+$224.00" in text


def test_another_algorithms_result_has_a_page_without_events(tmp_path: Path) -> None:
    for path in result_folder(tmp_path).iterdir():
        if not path.name.startswith("1234567890"):
            path.unlink()
    page = report(tmp_path)
    assert set(page.addresses) == {"#equity", "#statistics"}
    assert "Equity and drawdown" in page.text
    assert "Sharpe Ratio 1.21" in page.text


def test_a_run_without_a_decision_says_so(tmp_path: Path) -> None:
    write_run(tmp_path, [], load_settings(), Origin("/data", synthetic=False), {})
    assert "No event came as far as a signal." in report(tmp_path).text
    assert "Nothing was refused." in report(tmp_path).text


def test_text_from_outside_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    decision = replace(traded(), symbol=evil)
    refusal = replace(refused_early(), symbol=evil, rejection=Rejection(Reason.SOURCES_DISAGREE, evil, evil))
    curves = {decision.trade_id: {"before": {"days": [2.0, 30.0], "volatility": [0.6, 0.2]}}}
    write_run(tmp_path, [decision, refusal], load_settings(), Origin(evil, synthetic=False, notes=(evil,)), curves)
    (tmp_path / "1.json").write_text(json.dumps({**lean_result(), "statistics": {evil: evil}}), encoding="utf-8")
    (tmp_path / "1-summary.json").write_text("{}", encoding="utf-8")
    page = report(tmp_path)
    assert evil in page.text  # as words
    assert evil not in (tmp_path / "report.html").read_text(encoding="utf-8")  # never as an element


def test_the_same_folder_gives_the_same_page(tmp_path: Path) -> None:
    result_folder(tmp_path)
    assert write_report(tmp_path).read_bytes() == write_report(tmp_path).read_bytes()


def test_drawdown_follows_from_equity_where_the_chart_is_absent(tmp_path: Path) -> None:
    result_folder(tmp_path)
    result = lean_result()
    charts = result["charts"]
    assert isinstance(charts, dict)
    with_chart = equity_curve(read_run(tmp_path))
    del charts["Drawdown"]
    (tmp_path / "1234567890.json").write_text(json.dumps(result), encoding="utf-8")
    without = equity_curve(read_run(tmp_path))
    assert with_chart is not None
    assert without is not None
    # the deepest point by hand: 99,912.50 after 100,000 is -0.0875 %
    assert min(value for _, value in without.drawdown) == pytest.approx(99_912.5 / 100_000 - 1, abs=1e-12)
    assert [value for _, value in without.drawdown] == pytest.approx([value for _, value in with_chart.drawdown])


def test_every_figure_names_itself(tmp_path: Path) -> None:
    page = write_report(result_folder(tmp_path)).read_text(encoding="utf-8")
    labels = re.findall(r'<svg [^>]*aria-label="([^"]+)"', page)
    assert len(labels) == len(re.findall("<svg ", page)) == 6  # equity twice, profit of the run, two term structures, profit of the event
    assert "Term structure. before the report: front 63.0 % at 2 days; after the report: front 21.0 % at 1 day" in labels


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("origin.json", "{", "cannot be read as JSON"),
        ("origin.json", '{"synthetic": true}', "data_folder"),
        ("settings.json", "[]", "is no JSON object"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    (result_folder(tmp_path) / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        write_report(tmp_path)
    assert name in str(caught.value)


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="name the output folder of a backtest"):
        write_report(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        write_report(tmp_path / "absent")
