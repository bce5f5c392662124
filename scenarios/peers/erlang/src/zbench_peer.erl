%% Runs the scenarios of docs/peers.md on Erlang processes, and prints JSON lines.
-module(zbench_peer).

-export([main/0]).

-define(PROTOCOL, 1).
-define(MODULES, [zbench_flows, zbench_meetings, zbench_bank, zbench_queens, zbench_latency]).

%% Called by `erl -s'; the arguments are those after -extra.
main() ->
    ok = os:set_signal(sigterm, default),
    ok = logger:remove_handler(default), % it would write reports of crashes to standard output
    ok = logger:add_handler(default, logger_std_h, #{config => #{type => standard_error}}),
    try parse(init:get_plain_arguments()) of
        Request -> halt(report(Request))
    catch
        throw:Misuse ->
            io:put_chars(standard_error, [Misuse, $\n]),
            halt(2)
    end.

%% Command line.

parse([]) ->
    throw("usage: erl +S T:T ... -extra SCENARIO --threads T --iterations N --seed S [--warmups W]"
          " [-p KEY=VALUE ...] [--queues on_heap]");
parse([Name | Options]) ->
    case [Found || Module <- ?MODULES, Found = #{name := Known} <- Module:scenarios(), Known =:= Name] of
        [] -> throw(io_lib:format("no scenario is called ~s", [Name]));
        [Scenario = #{defaults := Defaults}] ->
            options(Options, #{scenario => Scenario, parameters => maps:from_list(Defaults),
                               iterations => 1, warmups => 0, seed => 1, queues => off_heap})
    end.

options([], Request) -> Request;
options([Option], _) -> throw(io_lib:format("~s needs a value", [Option]));
options(["-p", Text | Rest], Request) -> options(Rest, parameter(Text, Request));
options(["--iterations", Text | Rest], Request) -> options(Rest, Request#{iterations := whole(Text)});
options(["--warmups", Text | Rest], Request) -> options(Rest, Request#{warmups := whole(Text)});
options(["--seed", Text | Rest], Request) -> options(Rest, Request#{seed := whole(Text)});
options(["--queues", "on_heap" | Rest], Request) -> options(Rest, Request#{queues := on_heap});
options(["--threads", Text | Rest], Request) -> schedulers(whole(Text)), options(Rest, Request);
options([Option | _], _) -> throw(io_lib:format("~s is no option, or its value is wrong", [Option])).

%% The emulator has been told by +S; this sees to it that it was told the same.
schedulers(Threads) ->
    case erlang:system_info(schedulers_online) of
        Threads -> ok;
        Other -> throw(io_lib:format("--threads ~b, but the emulator was started with +S ~b", [Threads, Other]))
    end.

parameter(Text, Request = #{parameters := Parameters}) ->
    try
        [Name, Value] = string:split(Text, "="),
        Key = list_to_existing_atom(Name),
        Number = list_to_integer(Value),
        true = Number >= 1 andalso is_map_key(Key, Parameters),
        Request#{parameters := Parameters#{Key := Number}}
    catch
        error:_ -> throw(io_lib:format("-p ~s: not a parameter of the scenario with a whole number from 1", [Text]))
    end.

whole(Text) ->
    try list_to_integer(Text)
    catch error:badarg -> throw(io_lib:format("~s is no whole number", [Text]))
    end.

%% Iterations; the exit code.

report(Request = #{scenario := #{expect := Expect}, parameters := Parameters, seed := Seed}) ->
    line([{kind, <<"peer">>}, {protocol, ?PROTOCOL}, {peer, <<"erlang">>}, {version, version()},
          {runtime, runtime()}, {threads, erlang:system_info(schedulers_online)}, {options, {settings(Request)}}]),
    iterations(0, Expect(Parameters, Seed), Request).

iterations(N, _, #{iterations := N}) -> 0;
iterations(N, Right, Request = #{scenario := #{name := Name}, parameters := Parameters, warmups := Warmups}) ->
    Got = #{elapsed := Elapsed, messages := Messages, answer := Answer} = in_a_new_process(Request),
    Fault = fault(Got, Right),
    line([{kind, <<"iteration">>}, {scenario, list_to_binary(Name)}, {parameters, {maps:to_list(Parameters)}},
          {iteration, N}, {warmup, N < Warmups}, {elapsed_ns, Elapsed}, {messages, Messages}, {answer, Answer},
          {histogram, maps:get(histogram, Got, null)},
          {rss_bytes, zbench_memory:of_process("VmRSS")}, {peak_rss_bytes, zbench_memory:of_process("VmHWM")},
          {extra, {maps:get(extra, Got, [])}} | [{error, iolist_to_binary(Fault)} || Fault =/= none]]),
    case Fault of
        none -> iterations(N + 1, Right, Request);
        _ -> 1
    end.

%% A process for each iteration: the next one starts with a heap of its own.
in_a_new_process(#{scenario := #{run := Run}, parameters := Parameters, seed := Seed, queues := Queues}) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({measured, Run(Parameters, #{seed => Seed, queues => Queues})}) end),
    receive
        {'DOWN', Monitor, process, Pid, {measured, Got}} -> Got;
        {'DOWN', Monitor, process, Pid, Reason} ->
            #{elapsed => 0, messages => 0, answer => 0, fault => io_lib:format("~0p", [Reason])}
    end.

fault(#{fault := Fault}, _) -> Fault;
fault(#{messages := Messages}, {Right, _}) when Messages =/= Right ->
    io_lib:format("~b messages were received, not ~b", [Messages, Right]);
fault(#{answer := Answer}, {_, Right}) when Answer =/= Right ->
    io_lib:format("the answer is ~b, not ~b", [Answer, Right]);
fault(_, _) -> none.

%% Who is speaking.

version() ->
    Release = erlang:system_info(otp_release),
    case file:read_file(filename:join([code:root_dir(), "releases", Release, "OTP_VERSION"])) of
        {ok, Version} -> string:trim(Version);
        {error, _} -> list_to_binary(Release)
    end.

runtime() ->
    iolist_to_binary(io_lib:format("erts ~s ~s", [erlang:system_info(version), erlang:system_info(emu_flavor)])).

settings(#{queues := Queues}) ->
    [{batch, <<"4000 reductions">>}, {flooded_queues, atom_to_binary(Queues)},
     {schedulers_bound, atom_to_binary(erlang:system_info(scheduler_bind_type))}].

%% JSON: objects are {Pairs}, arrays lists.

line(Pairs) -> io:put_chars([json({Pairs}), $\n]).

json({Pairs}) -> [${, lists:join($,, [[$", atom_to_binary(Key), $", $:, json(Value)] || {Key, Value} <- Pairs]), $}];
json(List) when is_list(List) -> [$[, lists:join($,, [json(Element) || Element <- List]), $]];
json(Text) when is_binary(Text) -> [$", escape(Text), $"];
json(Number) when is_integer(Number) -> integer_to_binary(Number);
json(Number) when is_float(Number) -> float_to_binary(Number, [{decimals, 3}]);
json(Word) when is_atom(Word) -> atom_to_binary(Word).

escape(Text) -> << <<(escaped(Byte))/binary>> || <<Byte>> <= Text >>.

escaped(Byte) when Byte =:= $"; Byte =:= $\\ -> <<$\\, Byte>>;
escaped(Byte) when Byte < 32 -> <<" ">>;
escaped(Byte) -> <<Byte>>.
