%% Times in buckets less than 1 % wide: 128 a doubling, each named by its largest value.
-module(zbench_histogram).

-export([of_samples/1]).

%% [[Largest, Count], ...], ascending, of lists of times.
of_samples(Lists) ->
    Counts = lists:foldl(fun(Samples, Sum) -> lists:foldl(fun add/2, Sum, Samples) end, #{}, Lists),
    [[Largest, Count] || {Largest, Count} <- lists:sort(maps:to_list(Counts))].

add(Time, Counts) -> maps:update_with(largest(max(0, Time), 0), fun(Count) -> Count + 1 end, 1, Counts).

largest(Time, Shift) when Time < 256 -> (Time + 1) bsl Shift - 1;
largest(Time, Shift) -> largest(Time bsr 1, Shift + 1).
