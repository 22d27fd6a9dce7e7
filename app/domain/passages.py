"""What of an episode is embedded and what of it BM25 sees."""

from __future__ import annotations

from app.domain.episode import Role

ROLES = frozenset(role.value for role in Role)

WHOLE = 8_000
"""Characters up to which a text has one vector, that of its beginning. Vectors of all its parts, the nearest of them
counting, make long messages outdo short ones: recall fell on every set of conversations, even where the evidence was
in a long message. Keywords cover all of it. Only documents, longer than this, are worth cutting."""

WINDOW = 800
OVERLAP = 120


def passage_text(speaker: str | None, content: str) -> str:
    """A text under its speaker's name, so that both arms know who spoke. A role is no name."""
    return f"{speaker}: {content}" if speaker and speaker not in ROLES else content


def windows(text: str, whole: int = WHOLE, size: int = WINDOW, overlap: int = OVERLAP) -> list[str]:
    """A text of at most `whole` characters as it is; a longer one in pieces of at most `size` characters that each
    repeat about `overlap` of the piece before.

    Cuts fall after a paragraph, a line, a sentence or a word, whichever comes first in the last two fifths of a
    piece. Every character of the stripped text is in some piece.
    """
    if len(text) <= whole:
        return [text]
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
