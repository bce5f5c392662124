%% Streams of random numbers: rand's multiply-with-carry step, seeded by SplitMix64. A state is an
%% integer; step it with rand:mwc59/1, then read it with value/1 or below/2.
-module(zbench_random).

-export([stream/2, value/1, below/2]).

-define(MASK, 16#ffffffffffffffff).

stream(Seed, K) ->
    Z0 = (Seed + (K + 1) * 16#9E3779B97F4A7C15) band ?MASK,
    Z1 = ((Z0 bxor (Z0 bsr 30)) * 16#BF58476D1CE4E5B9) band ?MASK,
    Z2 = ((Z1 bxor (Z1 bsr 27)) * 16#94D049BB133111EB) band ?MASK,
    1 + ((Z2 bxor (Z2 bsr 31)) bsr 6).

value(State) -> rand:mwc59_value32(State).

below(State, Bound) -> (rand:mwc59_value32(State) * Bound) bsr 32.
