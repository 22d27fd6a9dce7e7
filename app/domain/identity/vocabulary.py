"""Words that names are made of: titles, legal forms, and what two names of one thing never differ in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _each(text: str, of: str) -> dict[str, str]:
    return dict.fromkeys(text.split(), of)


PLAIN_ROMAN = _words("ii iii iv vi vii viii ix xi xii xiii xiv xv")
"""Roman numerals that are read as such in small letters too."""
COUNTING = _words(
    "one two three four five six seven eight nine ten eleven twelve first second third fourth fifth sixth seventh "
    "eighth ninth tenth"
)
OPPOSED = _words("north south east west northern southern eastern western upper lower old new")

TITLES: Mapping[str, str] = MappingProxyType(
    _each("mr sir lord don señor senor sr herr monsieur uncle grandpa father brother", "m")
    | _each("mrs ms miss madam lady señora senora sra frau madame mme aunt grandma mother sister", "f")
    | _each("dr doctor prof professor mx coach captain capt rev reverend judge officer president", "")
)
"""Titles before a person's name, and the gender that they tell."""

LEGAL_FORMS: Mapping[str, str] = MappingProxyType(
    _each("inc incorporated corp corporation co company llc llp ltd limited plc pty pvt", "en")
    | _each("gmbh ag kg ohg ug", "de")
    | _each("sa sas sarl spa srl sl bv nv ab oy as aps", "eu")
    | _each("ооо оао зао ао пао", "ru")
)
"""Legal forms of organisations that stand as a word of their own, and where they belong."""
LEGAL_AFFIXES: Mapping[str, str] = MappingProxyType(
    {"股份有限公司": "zh", "有限公司": "zh", "株式会社": "ja", "有限会社": "ja", "주식회사": "ko"}
)
"""Those that are written together with the name, the longer first."""
