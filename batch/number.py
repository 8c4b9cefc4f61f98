"""Telephone numbers: what people write, and the digits that identify one (E.164 without the plus).

Facts about numbering plans come from the phonenumbers library (Google's libphonenumber metadata).
"""

from __future__ import annotations

from typing import NewType

Number = NewType("Number", str)
"""International digits without plus, as the provider and the ledger know a number: "12025550123"."""
