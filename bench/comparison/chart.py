"""The chart of docs/performance.md: bars of events per second, as SVG."""

import dataclasses
import html

WIDTH = 860
BAR_LEFT = 345
BAR_RIGHT = 715
TOP = 92
ROW = 28
BAR = 18
COLOURS = {
    "on the disk": "#1a7f5a",
    "in the page cache": "#c9842b",
    "in memory": "#b5523b",
    "nothing": "#9aa3ad",
}


@dataclasses.dataclass(frozen=True)
class Bar:
    title: str
    keeps: str
    per_second: float
    share: float  # of a responder that does nothing
    highlighted: bool = False


def _text(x, y, content, extra=""):
    return f'<text x="{x}" y="{y}" {extra}>{html.escape(content)}</text>'


def _legend():
    x = 20
    for keeps, colour in COLOURS.items():
        yield f'<rect x="{x}" y="58" width="12" height="12" fill="{colour}"/>'
        label = "kept " + keeps if keeps != "nothing" else "kept nowhere"
        yield _text(x + 18, 68, label)
        x += 48 + 7 * len(label)


def _row(bar, y, scale):
    weight = 'font-weight="bold"' if bar.highlighted else ""
    width = max(bar.per_second * scale, 1)
    yield _text(BAR_LEFT - 10, y + 13, bar.title, f'text-anchor="end" {weight}')
    yield f'<rect x="{BAR_LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[bar.keeps]}"/>'
    label = f"{bar.per_second:,.0f}/s · {bar.share:.2f}"
    yield _text(round(BAR_LEFT + width + 8), y + 13, label, weight)


def draw(title, subtitle, bars):
    """`bars` from top to bottom."""
    height = TOP + ROW * len(bars) + 36
    scale = (BAR_RIGHT - BAR_LEFT) / max(bar.per_second for bar in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13" fill="#1f2328">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 26, title, 'font-size="17" font-weight="bold"'),
        _text(20, 46, subtitle, 'fill="#57606a"'),
        *_legend(),
    ]
    for number, bar in enumerate(bars):
        lines.extend(_row(bar, TOP + ROW * number, scale))
    note = "Beside each bar: events per second · as a share of the responder that does nothing"
    lines.append(_text(20, height - 14, note, 'fill="#57606a" font-size="12"'))
    lines.append("</svg>\n")
    return "\n".join(lines)
