"""How many pages a list has to be asked for, by how its end is told."""

from functools import cache

PAGE = 5000


@cache
def pages(rows: int, largest: int = PAGE) -> int:
    """Pages of a list that says which page is the last, or how many rows there are.

    Each begins with the last row of the page before, or earlier: of all pages that do, the one that brings most.
    """
    read, number = largest, 1
    while read < rows:
        read, number = max(_ends_of_pages_around(read, largest)), number + 1
    return number


def _ends_of_pages_around(row: int, largest: int) -> list[int]:
    """Where the pages end that have this row, for each size that may be asked for."""
    return [-(-row // size) * size for size in range(largest // 2 + 1, largest + 1)]


def pages_and_end(rows: int, size: int) -> int:
    """Pages of a list that says neither: one more, which brings nothing new, has to show the end; of an empty list the first."""
    return pages(rows, size) + 1 if rows else 1


def pages_of_feed(rows: int, size: int) -> int:
    """Pages of a list whose paging cannot be relied on: until one brings nothing new; several are read again."""
    number = -(-rows // size)
    return number + 1 if number < 2 else 2 * (number + 1)
