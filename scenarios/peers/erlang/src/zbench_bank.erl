%% bank: transfers that overlap, each of four messages.
-module(zbench_bank).

-export([scenarios/0]).

-import(zbench_tally, [clock/2, stop/1]).

scenarios() ->
    [#{name => "bank", defaults => [{accounts, 1000}, {transfers, 100000}], expect => fun expect/2, run => fun bank/2}].

expect(#{accounts := Accounts, transfers := Transfers}, Seed) ->
    {4 * Transfers + 1, moved(zbench_random:stream(Seed, 0), Accounts, Transfers, 0)}.

moved(_, _, 0, Sum) -> Sum;
moved(State, Accounts, Left, Sum) ->
    {Source, Target, Amount, Next} = transfer(State, Accounts),
    moved(Next, Accounts, Left - 1, Sum + Amount * (Target - Source)).

transfer(State0, Accounts) ->
    State1 = rand:mwc59(State0),
    State2 = rand:mwc59(State1),
    State3 = rand:mwc59(State2),
    Source = zbench_random:below(State1, Accounts),
    Target = (Source + 1 + zbench_random:below(State2, Accounts - 1)) rem Accounts,
    {Source, Target, 1 + zbench_random:below(State3, 1000), State3}.

bank(#{accounts := Accounts, transfers := Transfers}, Options = #{seed := Seed}) ->
    Owner = self(),
    Teller = spawn_opt(fun() ->
        receive {accounts, All} -> teller(Owner, All, Transfers, zbench_random:stream(Seed, 0)) end
    end, zbench_tally:flooded(Options)),
    Pids = [spawn_link(fun() -> account(Owner, Teller, K, 0, 0) end) || K <- lists:seq(0, Accounts - 1)],
    Teller ! {accounts, list_to_tuple(Pids)},
    Elapsed = clock(fun() -> Teller ! start end, 1),
    stop([Teller | Pids]),
    measured(Elapsed, Accounts + 1, 0, 0, 0).

measured(Elapsed, 0, Messages, Answer, 0) -> #{elapsed => Elapsed, messages => Messages, answer => Answer};
measured(Elapsed, 0, Messages, Answer, Left) ->
    #{elapsed => Elapsed, messages => Messages, answer => Answer,
      fault => io_lib:format("the balances add up to ~b, not 0", [Left])};
measured(Elapsed, Actors, Messages, Answer, Left) ->
    receive
        {balance, K, Received, Balance} ->
            measured(Elapsed, Actors - 1, Messages + Received, Answer + K * Balance, Left + Balance)
    end.

teller(Owner, All, Transfers, State) ->
    receive start -> order(All, Transfers, State) end,
    Done = await(Transfers, 0),
    Owner ! done,
    receive stop -> Owner ! {balance, 0, Done + 1, 0} end.

order(_, 0, _) -> ok;
order(All, Left, State) ->
    {Source, Target, Amount, Next} = transfer(State, tuple_size(All)),
    element(Source + 1, All) ! {transfer, element(Target + 1, All), Amount},
    order(All, Left - 1, Next).

await(0, Received) -> Received;
await(Left, Received) -> receive done -> await(Left - 1, Received + 1) end.

account(Owner, Teller, K, Balance, Received) ->
    receive
        {transfer, Target, Amount} ->
            Target ! {credit, Amount, self()},
            account(Owner, Teller, K, Balance - Amount, Received + 1);
        {credit, Amount, Source} ->
            Source ! ack,
            account(Owner, Teller, K, Balance + Amount, Received + 1);
        ack ->
            Teller ! done,
            account(Owner, Teller, K, Balance, Received + 1);
        stop -> Owner ! {balance, K, Received, Balance}
    end.
