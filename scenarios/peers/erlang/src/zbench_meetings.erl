%% Scenarios in which everybody talks to one or to all: chameneos and big.
-module(zbench_meetings).

-export([scenarios/0]).

-import(zbench_tally, [clock/2, collect/1, stop/1]).

scenarios() ->
    [#{name => "chameneos", defaults => [{creatures, 100}, {meetings, 200000}],
       expect => fun expect_chameneos/2, run => fun chameneos/2},
     #{name => "big", defaults => [{actors, 120}, {pings, 5000}],
       expect => fun expect_big/2, run => fun big/2}].

%% chameneos

expect_chameneos(#{creatures := Creatures, meetings := Meetings}, _) -> {4 * Meetings + 4 * Creatures, 2 * Meetings}.

chameneos(#{creatures := Creatures, meetings := Meetings}, Options) ->
    Owner = self(),
    Mall = spawn_opt(fun() -> mall(Owner, Meetings, none, Creatures, 0, 0) end, zbench_tally:flooded(Options)),
    Pids = [spawn_link(fun() -> creature(Owner, Mall, K rem 3, 0, 0) end) || K <- lists:seq(0, Creatures - 1)],
    Elapsed = clock(fun() -> lists:foreach(fun(Pid) -> Pid ! start end, Pids) end, 1),
    stop([Mall]),
    {Messages, Answer} = collect(Creatures + 1),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

mall(Owner, _, _, 0, Received, Met) ->
    Owner ! done,
    receive stop -> Owner ! {tally, Received, Met} end;
mall(Owner, Left, Waiting, Creatures, Received, Met) ->
    receive
        {meet, _, From} when Left =:= 0 ->
            From ! exit,
            mall(Owner, Left, Waiting, Creatures, Received + 1, Met);
        {meet, _, From} when Waiting =:= none ->
            mall(Owner, Left, From, Creatures, Received + 1, Met);
        {meet, Colour, From} ->
            Waiting ! {match, Colour, From},
            mall(Owner, Left - 1, none, Creatures, Received + 1, Met);
        {count, Meetings} ->
            mall(Owner, Left, Waiting, Creatures - 1, Received + 1, Met + Meetings)
    end.

creature(Owner, Mall, Colour, Received, Met) ->
    receive
        start ->
            Mall ! {meet, Colour, self()},
            creature(Owner, Mall, Colour, Received + 1, Met);
        {match, Theirs, Other} ->
            New = complement(Colour, Theirs),
            Other ! {change, New},
            Mall ! {meet, New, self()},
            creature(Owner, Mall, New, Received + 1, Met + 1);
        {change, New} ->
            Mall ! {meet, New, self()},
            creature(Owner, Mall, New, Received + 1, Met + 1);
        exit ->
            Mall ! {count, Met},
            Owner ! {tally, Received + 1, 0}
    end.

complement(Colour, Colour) -> Colour;
complement(One, Other) -> 3 - One - Other.

%% big

expect_big(#{actors := Actors, pings := Pings}, Seed) ->
    Sum = lists:sum([sum_of_targets(zbench_random:stream(Seed, K), Actors, Pings, 0) || K <- lists:seq(0, Actors - 1)]),
    {2 * Actors * Pings + 2 * Actors, Sum}.

sum_of_targets(_, _, 0, Sum) -> Sum;
sum_of_targets(State, Actors, Left, Sum) ->
    Next = rand:mwc59(State),
    sum_of_targets(Next, Actors, Left - 1, Sum + zbench_random:below(Next, Actors)).

big(#{actors := Actors, pings := Pings}, #{seed := Seed}) ->
    Owner = self(),
    Sink = spawn_link(fun() -> sink(Owner, Actors, 0, 0) end),
    Pids = [spawn_link(fun() ->
                State = zbench_random:stream(Seed, K),
                receive {everybody, All} -> big_actor({Owner, Sink, All, K}, Pings, State, none, 0, 0) end
            end) || K <- lists:seq(0, Actors - 1)],
    All = list_to_tuple(Pids),
    lists:foreach(fun(Pid) -> Pid ! {everybody, All} end, Pids),
    Elapsed = clock(fun() -> lists:foreach(fun(Pid) -> Pid ! start end, Pids) end, 1),
    stop([Sink | Pids]),
    {Messages, Answer} = collect(Actors + 1),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

sink(Owner, 0, Received, Sum) ->
    Owner ! done,
    receive stop -> Owner ! {tally, Received, Sum} end;
sink(Owner, Left, Received, Sum) ->
    receive {exit, More} -> sink(Owner, Left - 1, Received + 1, Sum + More) end.

%% Constants is {Owner, Sink, All, Own}; a pong from anybody but Expected is a crash.
big_actor(Constants, Left, State, Expected, Sum, Received) ->
    receive
        {ping, From} ->
            From ! {pong, element(4, Constants)},
            big_actor(Constants, Left, State, Expected, Sum, Received + 1);
        {pong, Expected} -> big_next(Constants, Left, State, Sum + Expected, Received + 1);
        start -> big_next(Constants, Left, State, Sum, Received + 1);
        stop -> element(1, Constants) ! {tally, Received, 0};
        {pong, Stranger} -> exit({pong_from, Stranger, instead_of, Expected})
    end.

big_next(Constants, 0, State, Sum, Received) ->
    element(2, Constants) ! {exit, Sum},
    big_actor(Constants, 0, State, none, Sum, Received);
big_next(Constants = {_, _, All, _}, Left, State, Sum, Received) ->
    Next = rand:mwc59(State),
    Target = zbench_random:below(Next, tuple_size(All)),
    element(Target + 1, All) ! {ping, self()},
    big_actor(Constants, Left - 1, Next, Target, Sum, Received).
