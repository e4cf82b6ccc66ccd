"""Rules about the files themselves: their names, their ids, and the comments in them."""

from __future__ import annotations

from collections.abc import Iterator

from dynamigrate.contract.names import IdKey, id_key

from ..folder import Folder
from ..rule import Hit, Rule, Surroundings


def _unreadable(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for fault in folder.faults:
        what = "folder" if fault.path.is_dir() else "file"
        yield Hit(None, None, f"This {what} {_lower(fault.message)}", fault.next_step, fault.path, fault.line)


def _lower(message: str) -> str:
    """What is said of a file begins with a verb; a whole sentence stands behind a colon."""
    return message if message[:1].islower() else f"can't be deployed: {message}"


def _duplicates(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    first: dict[IdKey, str] = {}
    for entry in folder.entries:
        known = first.setdefault(id_key(entry.id), entry.file)
        if known != entry.file:
            yield Hit(None, None, f"{known} has the same id, {entry.id}.", path=folder.path / entry.file)


def _out_of_order(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    base = around.base
    if base is None or not base.newest:
        return
    for entry in folder.entries:
        key = id_key(entry.id)
        if key in base.known or key > id_key(base.newest) or entry.out_of_order == "allow":
            continue
        yield Hit(
            None,
            None,
            f"{entry.id} is new here, and older than {base.newest}, the newest of {base.reference}: where that is "
            "applied, the next deploy fails.",
            path=folder.path / entry.file,
        )


def _nothing(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    """Comments are looked at when all other rules were asked: see `vain_comments`."""
    return iter(())


UNREADABLE = Rule(
    code="DYN001",
    name="unreadable",
    reason="The folder can't be deployed as it is: a file does not parse, has no do, or is named wrongly, or two files "
    "contradict each other.",
    fix="Correct the file.",
    judge=_unreadable,
    silenceable=False,
)

DUPLICATE_ID = Rule(
    code="DYN002",
    name="duplicate-id",
    reason="An id is the identity of a migration in the history, whatever the rest of its file's name is: of two files "
    "with one id only one could ever run, so the folder is refused.",
    fix="Give the newer one an id of its own by renaming its file.",
    judge=_duplicates,
    silenceable=False,
)

OUT_OF_ORDER = Rule(
    code="DYN003",
    name="out-of-order",
    reason="Migrations run in the order of their ids. One that is merged with an id older than what is applied by then "
    "would run after those that were written to follow it, so a deploy refuses it.",
    fix='Rename the file to an id of today; or say out_of_order = "allow" in it, where the order does not matter.',
    judge=_out_of_order,
    is_asked=lambda around: around.base is not None,
)

VAIN_COMMENT = Rule(
    code="DYN004",
    name="vain-comment",
    reason="A comment that silences a rule has to say why, for whoever reads it in a year; without a reason, or with "
    "the code of no rule, it silences nothing. Where its rule finds nothing any more, it says what is no longer so.",
    fix="Write # dynamigrate: ignore[DYN103] because ..., with the reason; or take the comment out.",
    judge=_nothing,
    silenceable=False,
)
