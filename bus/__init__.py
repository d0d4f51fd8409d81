"""How messages travel. See README.md beside this file for what is promised."""

from bus.ids import derived_id

__all__ = ["derived_id"]
