"""Draws a timeline as a PNG that is readable on a phone, on dark or light ground.

matplotlib without pyplot keeps no state between pictures. Titles and sources are strangers' text,
so it must not read them as markup: "parse_math" is off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from retrieval.summaries.timeline import MomentKind, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, DPI = 8.0, 120  # 960 pixels; a phone shows a third of that
FONT = 16
MAX_SOURCES = 7
SOURCE_CHARS, PHRASE_CHARS, TITLE_CHARS = 20, 32, 42
# In inches, from the top: the title, the legend, a line for each source and each figure.
TITLE_IN, LEGEND_IN, ROW_IN, DATES_IN, HEADING_IN, FIGURE_IN = 0.6, 0.45, 0.6, 0.55, 0.5, 0.42
LABELS_IN, EDGE_IN = 2.65, 0.25
FIGURES = "Where figures first stood"
GROUND = {True: "#2b2d31", False: "#ffffff"}
INK = {True: "#f2f3f5", False: "#1f2023"}
FAINT = {True: "#a5a9b2", False: "#63666d"}
# Each kind has its own shape too, for the colour-blind (colours: Okabe & Ito, 2008).
MARKS = {
    MomentKind.FIRST: ("*", "#e69f00", 420),
    MomentKind.REPORT: ("o", "#56b4e9", 170),
    MomentKind.COPY: ("s", "#999999", 130),
    MomentKind.UPDATE: ("^", "#009e73", 190),
    MomentKind.CORRECTION: ("X", "#d55e00", 210),
}
RARE = frozenset(
    {MomentKind.FIRST, MomentKind.UPDATE, MomentKind.CORRECTION}
)  # never hidden behind the others
_DRAWING = Lock()  # all threads share its font cache


def draw_timeline(timeline: Timeline, *, dark: bool = True) -> bytes:
    """Draw a timeline; the first call is slow, as it loads matplotlib and its fonts.

    Args:
        timeline: What to draw; it has at least one moment.
        dark: Whether it is shown on dark ground.

    Returns:
        The PNG.
    """
    with _DRAWING:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows = _rows(timeline)
        top_in, chart_in = TITLE_IN + LEGEND_IN, ROW_IN * (max(rows.values()) + 1)
        table_in = HEADING_IN + FIGURE_IN * len(timeline.figures) if timeline.figures else 0.0
        height_in = top_in + chart_in + DATES_IN + table_in + EDGE_IN
        figure = Figure((WIDTH_IN, height_in), dpi=DPI, facecolor=GROUND[dark])
        FigureCanvasAgg(figure)

        def axes(left_in: float, from_top_in: float, tall_in: float) -> Axes:
            return figure.add_axes(
                (
                    left_in / WIDTH_IN,
                    1 - (from_top_in + tall_in) / height_in,
                    1 - (left_in + EDGE_IN) / WIDTH_IN,
                    tall_in / height_in,
                )
            )

        figure.text(
            EDGE_IN / WIDTH_IN,
            1 - TITLE_IN / 2 / height_in,
            _cut(timeline.title, TITLE_CHARS),
            color=INK[dark],
            fontsize=FONT + 2,
            fontweight="bold",
            va="center",
            parse_math=False,
        )
        _draw_coverage(axes(LABELS_IN, top_in, chart_in), timeline, rows, dark=dark)
        if timeline.figures:
            below_in = top_in + chart_in + DATES_IN
            _draw_figures(axes(EDGE_IN, below_in, table_in), timeline, dark=dark)
        out = BytesIO()
        figure.savefig(out, format="png", facecolor=GROUND[dark])
        return out.getvalue()


def _rows(timeline: Timeline) -> dict[str, int]:
    """The row of each source, the first to report at the top; the last row may be for several."""
    sources = list(dict.fromkeys(moment.source for moment in timeline.moments))
    shown = len(sources) if len(sources) <= MAX_SOURCES else MAX_SOURCES - 1
    return {source: min(at, shown) for at, source in enumerate(sources)}


def _draw_coverage(axes: Axes, timeline: Timeline, rows: dict[str, int], *, dark: bool) -> None:
    last = max(rows.values())
    labels = [""] * (last + 1)
    for source, row in rows.items():
        others = sum(one == row for one in rows.values())
        labels[row] = f"{others} others" if others > 1 else source
    used: set[MomentKind] = set()
    for kind, (form, colour, size) in MARKS.items():
        of_kind = [moment for moment in timeline.moments if moment.kind is kind]
        if of_kind:
            used.add(kind)
            axes.scatter(
                _numbers([moment.at for moment in of_kind]),
                [rows[moment.source] for moment in of_kind],
                s=size,
                marker=form,
                color=colour,
                edgecolors=GROUND[dark],
                label=kind.value,
                zorder=5 if kind in RARE else 3,
            )
    first, until = timeline.moments[0].at, timeline.moments[-1].at
    room = max((until - first) * 0.06, timedelta(hours=8))
    axes.set_xlim(*_numbers([first - room, until + room]))
    axes.set_ylim(last + 0.6, -0.6)
    axes.set_yticks(range(last + 1), [_cut(label, SOURCE_CHARS) for label in labels])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_xticks(*_ticks([moment.at for moment in timeline.moments]))
    years = str(until.year) if first.year == until.year else f"{first.year}–{until.year}"
    axes.text(
        1, 1.02, years, transform=axes.transAxes, ha="right", color=FAINT[dark], fontsize=FONT - 2
    )
    axes.grid(axis="y", color=FAINT[dark], alpha=0.35)
    axes.set_facecolor(GROUND[dark])
    axes.tick_params(colors=INK[dark], labelsize=FONT, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(used),
        frameon=False,
        fontsize=FONT - 3,
        labelcolor=INK[dark],
        handletextpad=0.1,
        columnspacing=0.8,
        borderaxespad=0,
    )


def _draw_figures(axes: Axes, timeline: Timeline, *, dark: bool) -> None:
    """Draw a line for each key figure: what, when and where it was first reported."""
    axes.set_axis_off()
    tall_in = HEADING_IN + FIGURE_IN * len(timeline.figures)
    axes.text(0, 1 - HEADING_IN / 2 / tall_in, FIGURES, color=FAINT[dark], fontsize=FONT - 2)
    for at, figure in enumerate(timeline.figures):
        phrase = _cut(figure.phrase, PHRASE_CHARS)
        source = _cut(figure.source, SOURCE_CHARS)
        y = 1 - (HEADING_IN + (at + 0.6) * FIGURE_IN) / tall_in
        style: dict[str, Any] = {"color": INK[dark], "fontsize": FONT, "parse_math": False}
        axes.text(0, y, phrase, fontweight="bold", **style)
        axes.text(1, y, f"{_day(figure.at)} · {source}", ha="right", **style)


def _cut(text: str, max_chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 1].rstrip()}…"


def _numbers(moments: list[datetime]) -> list[float]:
    """Moments as matplotlib's numbers."""
    from matplotlib.dates import date2num

    return [float(date2num(at)) for at in moments]  # type: ignore[no-untyped-call]


def _ticks(moments: list[datetime]) -> tuple[list[float], list[str]]:
    """Up to four moments, evenly from the first to the last, and their labels.

    They are whole days over more than two days, and where no moment has an hour.
    """
    first, span = moments[0], moments[-1] - moments[0]
    found = [first + span * part / 3 for part in range(4)]
    has_hours = any(at.hour or at.minute for at in moments) and span < timedelta(days=2)
    if not has_hours:
        found = [at.replace(hour=0, minute=0, second=0, microsecond=0) for at in found]
    found = sorted(set(found))
    if has_hours and span:
        named = [f"{_day(at)}\n{at:%H:%M}" for at in found]
    else:
        named = [f"{at:%b %Y}" if span > timedelta(days=300) else _day(at) for at in found]
    return _numbers(found), named


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"
