"""The comments of a sheet, with ours: what is wrong and how to mend it. The user's own stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from batch.loader.annotating.markup import Element, Markup, escaped, text_of_cell

OURS: Final = "numbatch check"
"""Who writes our comments, and how they begin: some programs keep no author."""
_THREADED = "tc="
"""How the author of what stands in for a conversation begins."""
_LONGEST = 2000
"""Characters of a comment of ours at most."""
_NONE = '<comments xmlns="{}"><authors/><commentList/></comments>'
_FACE = '<{0}rPr>{1}<{0}sz val="9"/><{0}color indexed="81"/><{0}rFont val="Tahoma"/></{0}rPr>'


@dataclass(frozen=True, slots=True)
class Said:
    """What a comment of ours says, in pieces: what kind of problem, in bold, and the rest."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(head + rest for head, rest in self.pieces)


@dataclass
class Commented:
    """What became of the comments: the part, and the cells (A1) whose notes are new, gone, or longer than before."""

    part: bytes = b""
    new: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    longer: set[str] = field(default_factory=set)
    all: list[str] = field(default_factory=list)
    """Every cell that has a comment now."""


def said(problems: list[tuple[str, str, str, str]]) -> Said:
    """Our comment on problems: each its level, what is wrong, how to mend it, and its code."""
    pieces = []
    for number, (level, problem, remedy, code) in enumerate(problems):
        mend = f"\nTo mend it: {remedy}" if remedy else ""
        pieces.append((f"{'' if not number else chr(10) * 2}{OURS}: {level}", f"\n{_begun(problem)}{mend}\n({code})"))
    text = Said(tuple(pieces))
    if len(text.text) <= _LONGEST:
        return text
    head, rest = pieces[0]
    return Said(((head, rest[: _LONGEST - 200] + "…\nThe sheet of problems says the rest."),))


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def comment(xml: bytes | None, wanted: Mapping[str, Said], main: str) -> Commented:
    """Comments with ours on the cells `wanted`, and without those of an earlier time.

    `xml`: the part as it is, if any. `main`: the namespace of the workbook's sheets, for a new one.
    """
    markup = Markup(xml or _NONE.format(main).encode("ascii"))
    done = Commented()
    authors = markup.root.child("authors")
    listed = markup.root.child("commentList")
    if authors is None or listed is None:
        # No comments at all: what is there may be left out.
        return comment(None, wanted, main)
    names = [one.words() for one in authors.children]
    if OURS not in names:
        p = authors.prefix
        markup.append(authors, f"<{p}author>{OURS}</{p}author>".encode("ascii"))
        names.append(OURS)
    left = dict(wanted)
    for one in listed.children:
        ref = one.attributes.get("ref", "").replace("$", "").upper()
        if _author(names, one).startswith(_THREADED):
            left.pop(ref, None)
        elif _is_ours_alone(one):
            markup.replace(one, b"")
            done.gone.add(ref)
            continue
        elif _merge(markup, one, left.pop(ref, None)):
            done.longer.add(ref)
        done.all.append(ref)
    for ref, text in left.items():
        markup.append(listed, _comment(markup.prefix, ref, names.index(OURS), text))
    done.new = list(left)
    done.all += left
    done.part = markup.result()
    return done


def _author(names: list[str], one: Element) -> str:
    number = one.attributes.get("authorId", "")
    return names[int(number)] if number.isdecimal() and int(number) < len(names) else ""


def _is_ours_alone(one: Element) -> bool:
    text = one.child("text")
    return text is not None and text.words().lstrip().startswith(f"{OURS}: ")


def _merge(markup: Markup, one: Element, new: Said | None) -> bool:
    """Take away what we once added to a comment of the user's, and add `new`; whether it is longer now."""
    text = one.child("text")
    if text is None:
        return False
    p = one.prefix
    runs = [*text.all("t"), *text.all("r")]
    held = [run if run.name == "t" else run.child("t") for run in runs]
    for run, where, kept in zip(runs, held, _kept([where.text if where else "" for where in held]), strict=True):
        if where is run and new is not None and kept:
            # Plain text can't stand beside formatted one.
            markup.replace(run, f"<{p}r>".encode("ascii") + _text(p, kept) + f"</{p}r>".encode("ascii"))
        elif where is not None and where.text and not kept:
            markup.replace(run, b"")
        elif where is not None and kept != where.text:
            markup.replace(where, _text(p, kept))
    if new is None:
        return False
    added = _run(p, "\n\n", bold=False) + _runs(p, new)
    if runs:
        markup.insert(runs[-1].end, added)
    else:
        markup.append(text, added)
    return True


def _kept(words: list[str]) -> list[str]:
    """What is the user's of the texts of a comment's runs."""
    ours = next((place for place, text in enumerate(words) if f"{OURS}: " in text), None)
    if ours is None:
        return words
    kept = [*words[:ours], words[ours][: words[ours].index(f"{OURS}: ")]]
    for place in reversed(range(len(kept))):
        # We put a blank line between.
        kept[place] = kept[place].rstrip("\n")
        if kept[place]:
            break
    return kept + [""] * (len(words) - len(kept))


def _comment(p: str, ref: str, author: int, said: Said) -> bytes:
    opening = f'<{p}comment ref="'.encode("ascii") + escaped(ref) + f'" authorId="{author}"><{p}text>'.encode("ascii")
    return opening + _runs(p, said) + f"</{p}text></{p}comment>".encode("ascii")


def _runs(p: str, said: Said) -> bytes:
    return b"".join(_run(p, head, bold=True) + _run(p, rest, bold=False) for head, rest in said.pieces)


def _run(p: str, text: str, *, bold: bool) -> bytes:
    face = _FACE.format(p, f"<{p}b/>" if bold else "")
    return f"<{p}r>{face}".encode("ascii") + _text(p, text) + f"</{p}r>".encode("ascii")


def _text(p: str, text: str) -> bytes:
    return f'<{p}t xml:space="preserve">'.encode("ascii") + text_of_cell(text) + f"</{p}t>".encode("ascii")
