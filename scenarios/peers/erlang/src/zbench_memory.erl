%% Memory of the operating system's process.
-module(zbench_memory).

-export([of_process/1, footprint/0]).

%% A field of /proc/self/status in bytes, or null.
of_process(Field) ->
    case file:read_file("/proc/self/status") of
        {ok, Status} ->
            case re:run(Status, ["^", Field, ":\\s*([0-9]+) kB"], [multiline, {capture, [1], binary}]) of
                {match, [Kilobytes]} -> binary_to_integer(Kilobytes) * 1024;
                nomatch -> null
            end;
        {error, _} -> null
    end.

%% Bytes in use by the emulator's own account, and resident bytes.
footprint() ->
    true = erlang:garbage_collect(),
    Resident = case of_process("VmRSS") of
        null -> 0;
        Bytes -> Bytes
    end,
    {erlang:memory(total), Resident}.
