"""The fenced blocks of the documents, as data."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *sorted(PROJECT.glob("*.md")),
    *sorted((PROJECT / "docs").glob("*.md")),
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `needs` is the requirement that its first line names, "" for none."""

    document: Path
    language: str
    text: str

    @property
    def needs(self) -> str:
        match = re.match(r"# (?:needs an?|precisa de um) ([\w ]+)", self.text)
        return match[1] if match else ""


def blocks(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [Block(document, language, body) for language, body in _BLOCK.findall(text)]
