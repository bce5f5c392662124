"""Mailboxes: linked rings, bounded ones by name, and the checks every type must pass."""
