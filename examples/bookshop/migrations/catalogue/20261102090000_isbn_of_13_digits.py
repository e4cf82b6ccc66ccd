"""Books were entered under ISBNs of ten digits and of thirteen. Each gets the one of thirteen."""

from dynamigrate import Backfill, Context, Item, Update

from ._shared.books.isbn import of_13_digits


def transform(book: Item, ctx: Context) -> Update | None:
    if "isbn13" in book:
        return None
    return Update(set={"isbn13": of_13_digits(book["isbn"])})


do = Backfill(table="books", transform=transform)
