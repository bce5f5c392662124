"""Shared by scenarios: a checked run on the runtime, random numbers, a ledger, memory figures."""
