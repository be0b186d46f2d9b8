"""The integration most people would write: one lead after the other with the vendor's usual Python client, searching
before each create. Nothing of our product is in it.

A module per vendor; its `opened(sandbox, case)` signs in and gives what carries one lead.
"""

from collections.abc import Callable, Mapping

Person = Mapping[str, str]
Carry = Callable[[Person], None]
