"""What is deployed before what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_cdk import Stack, Stage
from constructs import Construct, IConstruct

from .errors import DependencyCycle, InvalidProp


def wait_for(
    later: IConstruct, earlier: IConstruct, *, where: str, layout: str, used: Iterable[IConstruct] = ()
) -> None:
    """
    Have *later* deployed after *earlier*: within a stack by its resources, else stack by stack.

    Args:
        where: The construct, for messages.
        layout: How stacks can be laid out, for messages.
        used: What *earlier* refers to, and so comes before it, although CDK will only know at the end of synth.

    Raises:
        DependencyCycle: They would wait for each other.
        InvalidProp: One of them is in no stack, or they are in different stages.
    """
    later_stack, earlier_stack = root_stack(where, later), root_stack(where, earlier)
    if not _same(Stage.of(later), Stage.of(earlier)):
        raise InvalidProp(
            where,
            f"{_shown(where, later.node.path)} and {_shown(where, earlier.node.path)} are in different stages.",
            "CDK knows no order between stages: put both into one.",
        )
    waiting = str(later.node.path)
    paths = {one: str(one.node.path) for one in (earlier, *used)}
    names = _shown(where, waiting), _shown(where, paths[earlier])
    for path in paths.values():
        for inner, outer in ((path, waiting), (waiting, path)):
            if _contains(outer, inner):
                why = f"{_shown(where, inner)} is in {_shown(where, outer)}"
                raise _cycle(names, _shown(where, path), why, layout)
    if _same(later_stack, earlier_stack):
        later.node.add_dependency(earlier)
        return
    for one, path in paths.items():
        way = _way(root_stack(where, one), later_stack)
        if way:
            stacks = ", which waits for ".join(stack.node.path for stack in way)
            raise _cycle(names, _shown(where, path), f"{_shown(where, path)} is in {stacks}", layout)
    # The same method, which has a new name in later releases; the old one warns there.
    depend = getattr(later_stack, "add_stack_dependency", later_stack.add_dependency)
    depend(earlier_stack, " waits for ".join(names))


def is_before(one: IConstruct, other: IConstruct) -> bool:
    """Whether *one* is in the stack of *other*, or in one that it waits for as far as is known now."""
    first, last = root_stack(other.node.path, other), root_stack(one.node.path, one)
    return bool(_way(first, last))


def _cycle(between: tuple[str, str], one: str, why: str, layout: str) -> DependencyCycle:
    later, earlier = between
    use = "" if one == earlier else f"{earlier} uses {one}, and "
    return DependencyCycle(f"{later} can't be deployed after {earlier}: {use}{why}. {layout}")


def _shown(where: str, path: str) -> str:
    return where if path.startswith(f"{where}/") else path


def root_stack(where: str, scope: IConstruct) -> Stack:
    """The stack that CDK deploys and that has *scope*, maybe in a nested one."""
    if not isinstance(scope, Construct):
        raise InvalidProp(where, f"{scope!r} is no construct.", "Give stacks, or constructs in them.")
    for one in scope.node.scopes:
        if isinstance(one, Stack):
            return one
    raise InvalidProp(where, f"{scope.node.path or 'the app'} is in no stack.", "Give stacks, or constructs in them.")


def _contains(outer: str, inner: str) -> bool:
    """Whether the construct at the path *inner* is the other one or in it: of one app, since they are of one stage."""
    return inner == outer or inner.startswith(f"{outer}/" if outer else "")


def _same(one: IConstruct | None, other: IConstruct | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.node.addr == other.node.addr)


def _way(first: Stack, last: Stack) -> tuple[Stack, ...]:
    """A way along dependencies from *first* to *last*, both included; empty: there is none."""
    return next((way for way in _ways((first,), set()) if _same(way[-1], last)), ())


def _ways(way: tuple[Stack, ...], seen: set[str]) -> Iterator[tuple[Stack, ...]]:
    stack = way[-1]
    if stack.node.addr in seen:
        return
    seen.add(stack.node.addr)
    yield way
    for one in stack.dependencies:
        yield from _ways((*way, one), seen)
