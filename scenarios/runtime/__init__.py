"""Scenarios of one part of the runtime each: mailboxes, schedulers, routers, timers, ..."""
