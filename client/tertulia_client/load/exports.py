"""A report for other programs: CSV by the second, JUnit for whoever runs checks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from xml.sax.saxutils import escape, quoteattr

from tertulia_client.load.report import Report
from tertulia_client.load.timeline import Moment


def render_csv(report: Report) -> str:
    """A line a second; times in ms."""
    names = [field.name for field in fields(Moment)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"{name.removesuffix('_s')}_ms" if _is_time(name) else name for name in names])
    for moment in report.moments:
        pairs = zip(names, astuple(moment), strict=True)
        writer.writerow([round(value * 1000, 3) if _is_time(name) else round(value, 3) for name, value in pairs])
    return text.getvalue()


def render_junit(report: Report, broken: Sequence[str]) -> str:
    """The run as a suite of checks: the ledger, what was refused, the generator, the conditions that do not hold."""
    cases = [
        ("ledger", "" if report.balance.is_clean else "; ".join(report.complaints) or "the books do not balance"),
        ("nothing refused", f"{report.failed} failed; the first: {report.first_failure}" if report.failed else ""),
        ("generator", "" if report.is_valid else report.soundness.sentence),
        ("conditions", "; ".join(broken)),
    ]
    failures = sum(bool(failure) for _, failure in cases)
    suite = quoteattr(f"load {report.scenario}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name={suite} tests="{len(cases)}" failures="{failures}">',
    ]
    for name, failure in cases:
        begin = f'<testcase classname="tertulia.load.{escape(report.scenario)}" name="{name}"'
        lines.append(f"  {begin}><failure>{escape(failure)}</failure></testcase>" if failure else f"  {begin}/>")
    return "\n".join([*lines, "</testsuite>", ""])


def _is_time(name: str) -> bool:
    return name.endswith("_s") and name != "at_s"
