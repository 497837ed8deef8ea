"""Writes the pages of the documentation that follow from the code: `python -m tools`."""

from tools import erd, free_plan, reference, scaling, warehouse

if __name__ == "__main__":
    for module in (erd, free_plan, reference, scaling, warehouse):
        module.PAGE.write_text(module.page(), encoding="utf-8")
