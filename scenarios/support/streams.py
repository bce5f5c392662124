"""Random numbers that every language draws alike: a stream for each actor of a seed.

A multiply-with-carry step after Erlang/OTP's ``rand:mwc59``, seeded by SplitMix64 (Steele,
Lea and Flood, OOPSLA 2014). No product exceeds 59 bits. docs/peers.md has it in words.
"""

from zbench.core import Words
from zbench.core.compile.kernel import kernel
from zbench.scenarios.base import Parameter, Parameters

MULTIPLIER = 0x7FA6502
MASK_32 = (1 << 32) - 1
MASK_64 = (1 << 64) - 1

SEED = Parameter("seed", 1, "of the random numbers; every run uses the same", 0, 10**18)


def seed_of(parameters: Parameters) -> int:
    """The seed in the parameters."""
    return int(parameters["seed"])


def stream(seed: int, k: int) -> int:
    """First state of the stream of actor k: SplitMix64's output number k + 1, never 0."""
    z = (seed + (k + 1) * 0x9E3779B97F4A7C15) & MASK_64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK_64
    return 1 + ((z ^ (z >> 31)) >> 6)


@kernel
def draw(words: Words, place: int) -> int:
    """The next number of 32 bits from the stream whose state is in a word."""
    before = words[place]
    after = MULTIPLIER * (before & MASK_32) + (before >> 32)
    words[place] = after
    low = after & MASK_32
    return low ^ ((low << 8) & MASK_32)


@kernel
def below(words: Words, place: int, bound: int) -> int:
    """The next number from 0 to bound - 1; the bound is at most 2**26."""
    return (draw(words, place) * bound) >> 32
