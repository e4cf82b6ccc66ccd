"""Values that DynamoDB has, for properties."""

from typing import Any

from boto3.dynamodb.types import Binary
from hypothesis import strategies as st

# Halves of surrogate pairs, too.
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
numbers = st.one_of(
    st.integers(min_value=-(10**37), max_value=10**37),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6),
)
binaries = st.binary(max_size=20).map(Binary)
sets = st.one_of(
    st.sets(st.text(max_size=5), min_size=1, max_size=4),
    st.sets(numbers, min_size=1, max_size=4),
    st.sets(binaries, min_size=1, max_size=4),
)


def values_of(text: st.SearchStrategy[str], names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Of all types, with *text*, and with *names* in maps."""
    return st.recursive(
        st.one_of(st.none(), st.booleans(), text, numbers, binaries, sets),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
        max_leaves=12,
    )


values = values_of(texts, st.text(max_size=5))
