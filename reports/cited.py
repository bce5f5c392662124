"""What the plan says of other runtimes: cited, never measured here, never in a ratio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cited:
    """A figure of somebody else's, from a machine that isn't known."""

    runtime: str
    messages_per_s: float


CITED = (Cited("Actix", 800e3), Cited("Akka", 500e3), Cited("Erlang", 300e3))
SOURCE = "the plan's own figures; its machine, load and versions aren't stated"
