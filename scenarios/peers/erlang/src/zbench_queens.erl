%% n-queens: a master hands work to workers in turn; work items above the threshold come back as more.
-module(zbench_queens).

-export([scenarios/0]).

-import(zbench_tally, [clock/2, collect/1, stop/1]).

scenarios() ->
    [#{name => "n-queens", defaults => [{size, 12}, {threshold, 4}, {actors, 20}], expect => fun expect/2, run => fun queens/2}].

expect(Parameters, _) ->
    {Full, Threshold} = board(Parameters),
    {3 * items(Full, Threshold, 0, 0, 0, 0), solutions(Full, 0, 0, 0)}.

board(#{size := Size, threshold := Threshold}) -> {1 bsl Size - 1, min(Size, Threshold)}.

items(_, Threshold, Threshold, _, _, _) -> 1;
items(Full, Threshold, Row, Columns, Left, Right) ->
    1 + place(Full band bnot (Columns bor Left bor Right), 0, fun(Queen, Sum) ->
        {Columns1, Left1, Right1} = attacked(Full, Queen, Columns, Left, Right),
        Sum + items(Full, Threshold, Row + 1, Columns1, Left1, Right1)
    end).

%% Folds over the free columns, lowest first.
place(0, Result, _) -> Result;
place(Free, Result, With) ->
    Queen = Free band -Free,
    place(Free bxor Queen, With(Queen, Result), With).

attacked(Full, Queen, Columns, Left, Right) ->
    {Columns bor Queen, ((Left bor Queen) bsl 1) band Full, (Right bor Queen) bsr 1}.

solutions(Full, Full, _, _) -> 1;
solutions(Full, Columns, Left, Right) -> try_columns(Full, Columns, Left, Right, Full band bnot (Columns bor Left bor Right), 0).

try_columns(_, _, _, _, 0, Count) -> Count;
try_columns(Full, Columns, Left, Right, Free, Count) ->
    Queen = Free band -Free,
    Below = solutions(Full, Columns bor Queen, ((Left bor Queen) bsl 1) band Full, (Right bor Queen) bsr 1),
    try_columns(Full, Columns, Left, Right, Free bxor Queen, Count + Below).

queens(Parameters = #{actors := Actors}, Options) ->
    Owner = self(),
    {Full, Threshold} = board(Parameters),
    Master = spawn_opt(fun() ->
        receive {workers, Workers} -> receive start -> send_work(Workers, 0, {work, 0, 0, 0, 0}) end end,
        master(Owner, Workers, 1, 0, 1, 0)
    end, zbench_tally:flooded(Options)),
    Pids = [spawn_link(fun() -> worker(Owner, Master, Full, Threshold, 0) end) || _ <- lists:seq(1, Actors)],
    Master ! {workers, list_to_tuple(Pids)},
    Elapsed = clock(fun() -> Master ! start end, 1),
    stop([Master | Pids]),
    {Messages, Answer} = collect(Actors + 1),
    #{elapsed => Elapsed, messages => Messages, answer => Answer}.

send_work(Workers, Number, Work) -> element(Number rem tuple_size(Workers) + 1, Workers) ! Work.

master(Owner, _, Done, Done, Received, Solutions) ->
    Owner ! done,
    receive stop -> Owner ! {tally, Received, Solutions} end;
master(Owner, Workers, Sent, Done, Received, Solutions) ->
    receive
        {child, Row, Columns, Left, Right} ->
            send_work(Workers, Sent, {work, Row, Columns, Left, Right}),
            master(Owner, Workers, Sent + 1, Done, Received + 1, Solutions);
        {done, Count} -> master(Owner, Workers, Sent, Done + 1, Received + 1, Solutions + Count)
    end.

worker(Owner, Master, Full, Threshold, Received) ->
    receive
        {work, Threshold, Columns, Left, Right} ->
            Master ! {done, solutions(Full, Columns, Left, Right)},
            worker(Owner, Master, Full, Threshold, Received + 1);
        {work, Row, Columns, Left, Right} ->
            place(Full band bnot (Columns bor Left bor Right), ok, fun(Queen, ok) ->
                {Columns1, Left1, Right1} = attacked(Full, Queen, Columns, Left, Right),
                Master ! {child, Row + 1, Columns1, Left1, Right1},
                ok
            end),
            Master ! {done, 0},
            worker(Owner, Master, Full, Threshold, Received + 1);
        stop -> Owner ! {tally, Received, 0}
    end.
