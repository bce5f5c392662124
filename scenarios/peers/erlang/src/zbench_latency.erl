%% Scenarios whose times are recorded: end-to-end, a closed loop, and latency-under-load, an open one. Actors
%% keep their times as lists, which become a histogram after the clock has stopped.
-module(zbench_latency).

-export([scenarios/0]).

-import(zbench_tally, [clock/2, stop/1]).

-define(MULTIPLIER, 16#7fa6502).
-define(MASK, 16#ffffffff).

scenarios() ->
    [#{name => "end-to-end", defaults => [{clients, 500}, {stages, 4}, {width, 125}, {requests, 200}],
       expect => fun expect_end_to_end/2, run => fun end_to_end/2},
     #{name => "latency-under-load", defaults => [{servers, 4}, {rate, 200000}, {messages, 100000}],
       expect => fun expect_under_load/2, run => fun under_load/2}].

%% Adds up what actors tell: messages, parts of the answer modulo 2^32, lists of times.
measured(Elapsed, Actors) -> measured(Elapsed, Actors, 0, 0, []).

measured(Elapsed, 0, Messages, Answer, Times) ->
    #{elapsed => Elapsed, messages => Messages, answer => Answer, histogram => zbench_histogram:of_samples(Times)};
measured(Elapsed, Left, Messages, Answer, Times) ->
    receive
        {times, Received, Part, More} ->
            measured(Elapsed, Left - 1, Messages + Received, (Answer + Part) band ?MASK, [More | Times])
    end.

%% end-to-end

expect_end_to_end(#{clients := Clients, stages := Stages, width := _, requests := Requests}, Seed) ->
    Answer = lists:sum([final_values(zbench_random:stream(Seed, K), Stages, Requests, 0) || K <- lists:seq(0, Clients - 1)]),
    {Clients + Clients * Requests * (Stages + 1), Answer band ?MASK}.

final_values(_, _, 0, Sum) -> Sum;
final_values(State, Stages, Left, Sum) ->
    Next = rand:mwc59(State),
    Final = lists:foldl(fun step/2, zbench_random:value(Next), lists:seq(0, Stages - 1)),
    final_values(Next, Stages, Left - 1, Sum + Final).

step(Stage, Value) -> (Value * ?MULTIPLIER + Stage + 1) band ?MASK.

end_to_end(#{clients := Clients, stages := Stages, width := Width, requests := Requests}, #{seed := Seed}) ->
    Owner = self(),
    [First | Later] = lists:foldl(fun(S, Rows) -> [row(Owner, S, Width, Rows) | Rows] end, [], lists:seq(Stages - 1, 0, -1)),
    Pids = [spawn_link(fun() -> client(Owner, K, Requests, zbench_random:stream(Seed, K), First) end)
            || K <- lists:seq(0, Clients - 1)],
    Elapsed = clock(fun() -> lists:foreach(fun(Pid) -> Pid ! start end, Pids) end, Clients),
    lists:foreach(fun(Row) -> stop(tuple_to_list(Row)) end, [First | Later]),
    stop(Pids),
    measured(Elapsed, Clients + Stages * Width).

%% The actors of a stage, as a tuple; Rows are the stages after it.
row(Owner, Stage, Width, []) ->
    list_to_tuple([spawn_link(fun() -> last_stage(Owner, Stage, 0) end) || _ <- lists:seq(1, Width)]);
row(Owner, Stage, Width, [Following | _]) ->
    Nexts = [element(I rem Width + 1, Following) || I <- lists:seq(1, Width)],
    list_to_tuple([spawn_link(fun() -> stage(Owner, Stage, Next, 0) end) || Next <- Nexts]).

stage(Owner, Stage, Next, Received) ->
    receive
        {request, Value, Client} ->
            Next ! {request, step(Stage, Value), Client},
            stage(Owner, Stage, Next, Received + 1);
        stop -> Owner ! {times, Received, 0, []}
    end.

last_stage(Owner, Stage, Received) ->
    receive
        {request, Value, Client} ->
            Client ! {reply, step(Stage, Value)},
            last_stage(Owner, Stage, Received + 1);
        stop -> Owner ! {times, Received, 0, []}
    end.

client(Owner, K, Requests, State, First) ->
    receive start -> request(Owner, K, Requests, State, First, 1, 0, []) end.

request(Owner, _, 0, _, _, Received, Sum, Times) ->
    Owner ! done,
    receive stop -> Owner ! {times, Received, Sum, Times} end;
request(Owner, Entry, Left, State, First, Received, Sum, Times) ->
    Next = rand:mwc59(State),
    Sent = erlang:monotonic_time(nanosecond),
    element(Entry rem tuple_size(First) + 1, First) ! {request, zbench_random:value(Next), self()},
    receive
        {reply, Value} ->
            Time = erlang:monotonic_time(nanosecond) - Sent,
            request(Owner, Entry + 1, Left - 1, Next, First, Received + 1, (Sum + Value) band ?MASK, [Time | Times])
    end.

%% latency-under-load

expect_under_load(#{servers := Servers, messages := Messages}, Seed) ->
    {Messages, loads(zbench_random:stream(Seed, 0), Servers, Messages, 0)}.

loads(_, _, 0, Sum) -> Sum;
loads(State, Servers, Left, Sum) ->
    Drawn = rand:mwc59(State),
    Next = rand:mwc59(Drawn),
    loads(Next, Servers, Left - 1, (Sum + (zbench_random:below(Drawn, Servers) + 1) * zbench_random:value(Next)) band ?MASK).

under_load(#{servers := Servers, rate := Rate, messages := Messages}, Options = #{seed := Seed}) ->
    Owner = self(),
    Pids = [spawn_opt(fun() -> server(Owner, Number, 0, 0, []) end, zbench_tally:flooded(Options))
            || Number <- lists:seq(1, Servers)],
    Targets = list_to_tuple(Pids),
    Sender = spawn_link(fun() ->
        receive tick -> ok end,
        Began = erlang:monotonic_time(nanosecond),
        sender(Targets, Began, Rate, Messages, 0, zbench_random:stream(Seed, 0)),
        lists:foreach(fun(Pid) -> Pid ! 'end' end, Pids)
    end),
    Elapsed = clock(fun() -> Sender ! tick end, Servers),
    stop(Pids),
    measured(Elapsed, Servers).

%% One turn a call: all that is due, then TICK to itself.
sender(Targets, Began, Rate, Messages, Sent, State) ->
    case due(Targets, Began, Rate, Messages, Sent, State, erlang:monotonic_time(nanosecond) - Began) of
        {Messages, _} -> ok;
        {More, Next} ->
            self() ! tick,
            receive tick -> sender(Targets, Began, Rate, Messages, More, Next) end
    end.

due(_, _, _, Messages, Messages, State, _) -> {Messages, State};
due(_, _, Rate, _, Sent, State, Now) when Sent * 1000000000 div Rate > Now -> {Sent, State};
due(Targets, Began, Rate, Messages, Sent, State, Now) ->
    Drawn = rand:mwc59(State),
    Next = rand:mwc59(Drawn),
    Intended = Began + Sent * 1000000000 div Rate,
    element(zbench_random:below(Drawn, tuple_size(Targets)) + 1, Targets) ! {load, zbench_random:value(Next), Intended},
    due(Targets, Began, Rate, Messages, Sent + 1, Next, Now).

server(Owner, Number, Received, Sum, Times) ->
    receive
        {load, Value, Intended} ->
            Time = erlang:monotonic_time(nanosecond) - Intended,
            server(Owner, Number, Received + 1, (Sum + Value) band ?MASK, [Time | Times]);
        'end' ->
            Owner ! done,
            receive stop -> Owner ! {times, Received, Number * Sum, Times} end
    end.
