"""Each book says how many of it are in the warehouse, as its team counts them."""

from dynamigrate import Backfill, Context, Item, Update

from ._shared.books.isbn import of_13_digits
from ._shared.warehouse import stock_of


def transform(book: Item, ctx: Context) -> Update | None:
    if "stock" in book:
        return None
    return Update(set={"stock": stock_of(ctx, of_13_digits(book["isbn"]))})


do = Backfill(table="books", transform=transform)
