%% What actors tell the harness when they end: messages received, and their part of the answer.
-module(zbench_tally).

-export([clock/2, collect/1, stop/1, flooded/1]).

%% Runs Start, waits for that many `done', and returns nanoseconds.
clock(Start, Dones) ->
    Began = erlang:monotonic_time(nanosecond),
    Start(),
    dones(Dones),
    erlang:monotonic_time(nanosecond) - Began.

dones(0) -> ok;
dones(Left) -> receive done -> dones(Left - 1) end.

%% Tells actors to end and tell.
stop(Pids) -> lists:foreach(fun(Pid) -> Pid ! stop end, Pids).

%% Adds up that many tallies, messages and answers.
collect(Actors) -> collect(Actors, 0, 0).

collect(0, Messages, Answer) -> {Messages, Answer};
collect(Left, Messages, Answer) ->
    receive {tally, MoreMessages, MoreAnswer} -> collect(Left - 1, Messages + MoreMessages, Answer + MoreAnswer) end.

%% How to spawn an actor that others flood: with its messages off the heap, as OTP's own pages advise. Else each
%% collection of its garbage walks all that waits.
flooded(#{queues := Queues}) -> [link, {message_queue_data, Queues}].
