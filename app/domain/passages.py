"""What of an episode is embedded: its text under its speaker's name, a long one in overlapping windows."""

from __future__ import annotations

from app.domain.episode import Role

ROLES = frozenset(role.value for role in Role)
WINDOW = 800
OVERLAP = 120


def windows(text: str, size: int = WINDOW, overlap: int = OVERLAP) -> list[str]:
    """Cut a text into pieces of at most `size` characters that each repeat about `overlap` of the piece before.

    Cuts fall after a paragraph, a line, a sentence or a word, whichever comes first in the last two fifths of a
    piece. Every character of the stripped text is in some piece; a text that fits is one piece.
    """
    text = text.strip()
    pieces: list[str] = []
    start = 0
    while len(text) - start > size:
        end = _cut(text, start + size * 3 // 5, start + size)
        pieces.append(text[start:end].strip())
        back = text.rfind(" ", start + 1, end - overlap)
        start = back + 1 if back > start + size // 5 else end - overlap
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece] or [text]


def _cut(text: str, low: int, high: int) -> int:
    for mark in ("\n\n", "\n", ". ", "? ", "! ", " "):
        at = text.rfind(mark, low, high)
        if at >= 0:
            return at + len(mark)
    return high


def keyword_text(speaker: str | None, content: str) -> str:
    """What of an episode BM25 sees: the name makes a turn findable by who spoke. A role is no name."""
    return f"{speaker}: {content}" if speaker and speaker not in ROLES else content
