"""Figures of other runtimes from docs/targets.md: cited, never measured, never in a ratio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cited:
    """A published figure of another runtime, from an unknown machine."""

    runtime: str
    messages_per_s: float


CITED = (Cited("Actix", 800e3), Cited("Akka", 500e3), Cited("Erlang", 300e3))
SOURCE = "figures from docs/targets.md; their machines, loads and versions aren't known"
