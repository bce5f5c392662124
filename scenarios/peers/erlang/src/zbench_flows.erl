%% Scenarios of few kinds of messages and static wiring: ping-pong, counting, thread-ring and the two of
%% fork and join.
-module(zbench_flows).

-export([scenarios/0, created/2]).

-import(zbench_tally, [clock/2, collect/1, stop/1]).

scenarios() ->
    [#{name => "ping-pong", defaults => [{pings, 500000}, {pairs, 1}],
       expect => fun expect_ping_pong/2, run => fun ping_pong/2},
     #{name => "counting", defaults => [{messages, 1000000}],
       expect => fun expect_counting/2, run => fun counting/2},
     #{name => "thread-ring", defaults => [{actors, 100}, {tokens, 1}, {hops, 1000000}],
       expect => fun expect_ring/2, run => fun ring/2},
     #{name => "fork-join-throughput", defaults => [{actors, 60}, {messages, 10000}],
       expect => fun expect_throughput/2, run => fun throughput/2},
     #{name => "fork-join-creation", defaults => [{actors, 100000}],
       expect => fun expect_creation/2, run => fun creation/2}].

%% ping-pong

expect_ping_pong(#{pings := Pings, pairs := Pairs}, _) ->
    Each = max(1, Pings div Pairs),
    {Pairs * (2 * Each + 1), Pairs * Each}.

ping_pong(#{pings := Pings, pairs := Pairs}, _) ->
    Owner = self(),
    Each = max(1, Pings div Pairs),
    Pongs = [spawn_link(fun() -> pong(Owner, 0) end) || _ <- lists:seq(1, Pairs)],
    PingActors = [spawn_link(fun() -> ping(Owner, Pong, Each, 0) end) || Pong <- Pongs],
    Elapsed = clock(fun() -> lists:foreach(fun(Ping) -> Ping ! start end, PingActors) end, Pairs),
    stop(Pongs ++ PingActors),
    {Messages, Answer} = collect(2 * Pairs),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

ping(Owner, Pong, Left, Received) ->
    receive
        pong -> ping_again(Owner, Pong, Left, Received + 1);
        start -> ping_again(Owner, Pong, Left, Received + 1);
        stop -> Owner ! {tally, Received, 0}
    end.

ping_again(Owner, Pong, 0, Received) ->
    Owner ! done,
    ping(Owner, Pong, 0, Received);
ping_again(Owner, Pong, Left, Received) ->
    Pong ! {ping, self()},
    ping(Owner, Pong, Left - 1, Received).

pong(Owner, Count) ->
    receive
        {ping, From} ->
            From ! pong,
            pong(Owner, Count + 1);
        stop -> Owner ! {tally, Count, Count}
    end.

%% counting

expect_counting(#{messages := Messages}, _) -> {Messages + 3, Messages}.

counting(#{messages := Total}, Options) ->
    Owner = self(),
    Counter = spawn_opt(fun() -> counter(Owner, 0) end, zbench_tally:flooded(Options)),
    Producer = spawn_link(fun() -> receive start -> producer(Owner, Counter, Total) end end),
    Elapsed = clock(fun() -> Producer ! start end, 1),
    stop([Counter]),
    {Messages, Answer} = collect(2),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

producer(Owner, Counter, 0) ->
    Counter ! {retrieve, self()},
    receive {result, Count} -> Owner ! done, Owner ! {tally, 2, Count} end;
producer(Owner, Counter, Left) ->
    Counter ! increment,
    producer(Owner, Counter, Left - 1).

counter(Owner, Count) ->
    receive
        increment -> counter(Owner, Count + 1);
        {retrieve, From} ->
            From ! {result, Count},
            receive stop -> Owner ! {tally, Count + 1, 0} end
    end.

%% thread-ring

expect_ring(#{actors := Actors, tokens := Tokens, hops := Hops}, _) ->
    Each = max(1, Hops div Tokens),
    Ends = [1 + (T * Actors div Tokens + Each) rem Actors || T <- lists:seq(0, Tokens - 1)],
    {Tokens * (Each + 1), lists:sum(Ends)}.

ring(#{actors := Actors, tokens := Tokens, hops := Hops}, _) ->
    Owner = self(),
    Each = max(1, Hops div Tokens),
    Pids = [spawn_link(fun() -> receive {next, Next} -> ring_actor(Owner, Next, K, 0, 0) end end)
            || K <- lists:seq(1, Actors)],
    lists:foreach(fun({Pid, Next}) -> Pid ! {next, Next} end, lists:zip(Pids, tl(Pids) ++ [hd(Pids)])),
    Numbered = list_to_tuple(Pids),
    Starts = [element(T * Actors div Tokens rem Actors + 1, Numbered) || T <- lists:seq(0, Tokens - 1)],
    Elapsed = clock(fun() -> lists:foreach(fun(Pid) -> Pid ! {token, Each} end, Starts) end, Tokens),
    stop(Pids),
    {Messages, Answer} = collect(Actors),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

ring_actor(Owner, Next, Number, Received, Ended) ->
    receive
        {token, 0} ->
            Owner ! done,
            ring_actor(Owner, Next, Number, Received + 1, Ended + Number);
        {token, Left} ->
            Next ! {token, Left - 1},
            ring_actor(Owner, Next, Number, Received + 1, Ended);
        stop -> Owner ! {tally, Received, Ended}
    end.

%% fork-join-throughput

expect_throughput(#{actors := Actors, messages := Messages}, _) -> {Actors * Messages + 1, Actors * Messages}.

throughput(#{actors := Actors, messages := Each}, Options) ->
    Owner = self(),
    Pids = [spawn_opt(fun() -> worker(Owner, Each, 0) end, zbench_tally:flooded(Options))
            || _ <- lists:seq(1, Actors)],
    Dealer = spawn_link(fun() ->
        receive start -> deal(Pids, Each) end,
        receive stop -> Owner ! {tally, 1, 0} end
    end),
    Elapsed = clock(fun() -> Dealer ! start end, Actors),
    stop([Dealer | Pids]),
    {Messages, Answer} = collect(Actors + 1),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

deal(_, 0) -> ok;
deal(Pids, Rounds) ->
    deal_round(Pids),
    deal(Pids, Rounds - 1).

deal_round([]) -> ok;
deal_round([Pid | Rest]) ->
    Pid ! work,
    deal_round(Rest).

%% Done at Each messages exactly; a count that differs in the end is an answer that differs.
worker(Owner, Each, Count) ->
    receive
        work when Count + 1 =:= Each ->
            Owner ! done,
            worker(Owner, Each, Count + 1);
        work -> worker(Owner, Each, Count + 1);
        stop when Count =:= Each -> Owner ! {tally, Count, Count};
        stop -> exit({counts_differ, Count, Each})
    end.

%% fork-join-creation

expect_creation(#{actors := Actors}, _) -> {2 * Actors + 1, Actors * (Actors + 1) div 2}.

creation(#{actors := Actors}, Options) ->
    Owner = self(),
    Creator = spawn_opt(fun() -> creator(Owner, Actors) end, zbench_tally:flooded(Options)),
    {Retained, Resident} = zbench_memory:footprint(),
    Elapsed = clock(fun() -> Creator ! start end, 1),
    {RetainedAfter, ResidentAfter} = zbench_memory:footprint(),
    stop([Creator]),
    {Messages, Answer} = collect(Actors + 1),
    #{elapsed => Elapsed, messages => Messages, answer => Answer,
      extra => [{retained_bytes_per_actor, (RetainedAfter - Retained) / Actors},
                {resident_bytes_per_actor, (ResidentAfter - Resident) / Actors}]}.

creator(Owner, Actors) ->
    receive start -> ok end,
    Created = create(Owner, 0, Actors, []),
    Sum = replies(Actors, 0),
    Owner ! done,
    receive stop -> stop(Created) end,
    Owner ! {tally, Actors + 1, Sum}.

create(_, Actors, Actors, Created) -> Created;
create(Owner, K, Actors, Created) ->
    Pid = spawn(?MODULE, created, [Owner, 0]),
    Pid ! {create, K, self()},
    create(Owner, K + 1, Actors, [Pid | Created]).

created(Owner, Received) ->
    receive
        {create, K, Creator} ->
            Creator ! {created, K + 1},
            created(Owner, Received + 1);
        stop -> Owner ! {tally, Received, 0}
    end.

replies(0, Sum) -> Sum;
replies(Left, Sum) -> receive {created, Number} -> replies(Left - 1, Sum + Number) end.
