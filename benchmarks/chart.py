"""A bar chart as SVG: a bar per row, with a mark at its limit."""

from collections.abc import Sequence
from html import escape

# In units of the SVG: height of a row, left end of the bars, width of the chart
ROW, LEFT, WIDTH = 34, 250, 680
INK, BAR, OVER_LIMIT, MARK = "#24292f", "#2da44e", "#cf222e", "#57606a"


def chart(title: str, rows: Sequence[tuple[str, float, float]]) -> str:
    """The SVG; `rows` are (name, value, limit)."""
    height = 50 + ROW * len(rows)
    scale = (WIDTH - LEFT - 70) / max((max(value, limit) for _, value, limit in rows), default=1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-weight="bold">{escape(title)}</text>',
    ]
    for index, (name, value, limit) in enumerate(rows):
        top = 42 + ROW * index
        color = BAR if value <= limit else OVER_LIMIT
        lines += [
            f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{value * scale:.1f}" height="20" fill="{color}"/>',
            f'<line x1="{LEFT + limit * scale:.1f}" x2="{LEFT + limit * scale:.1f}" '
            f'y1="{top - 4}" y2="{top + 24}" stroke="{MARK}" stroke-dasharray="3 2"/>',
            f'<text x="{LEFT + max(value, limit) * scale + 8:.1f}" y="{top + 15}">'
            f"{value:.2f}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])
