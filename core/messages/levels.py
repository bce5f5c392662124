"""Levels of urgency: of actors by their behaviour, of messages by their kind."""

from typing import Literal

Level = Literal["critical", "high", "normal", "low"]
LEVELS: tuple[Level, ...] = ("critical", "high", "normal", "low")
