"""The errors that a load generator counts, by what causes them."""

from __future__ import annotations

WRONG = ("corrupt", "extra", "protocol", "too_long", "disordered", "early", "wrong")
"""Bytes that are not those that were due. No disturbance of the machine makes them."""
LOST = ("connect_refused", "refused", "reset", "closed", "idle_lost")
"""Connections that the server ended. Where a server is driven to its limit it may."""
LATE = ("connect_timeout", "reply_timeout")
"""Ten seconds of silence: a neighbour on the CPU does not cause them, a suspended machine does."""
STATUS = ("status",)
"""Whole replies of HTTP with another status. The connection goes on, so they are counted."""
