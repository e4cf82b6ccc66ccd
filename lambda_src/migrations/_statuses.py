"""The statuses that an order can have: the letter that it was stored with, the code since, and what people read."""

STATUSES = [
    ("N", "NEW", "New"),
    ("P", "PAID", "Paid"),
    ("S", "SHIPPED", "On its way"),
    ("C", "CANCELLED", "Cancelled"),
]
