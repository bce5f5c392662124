"""Numbers of an actor's lifecycle: stages, hooks, commands, news, requests, directives."""

# STAGE of a supervised actor.
RUNNING = 0  # also in a free slot, so that most spawns need not write it
STARTING = 1  # the pre-start hook is due
FAILED = 2  # suspended until its supervisor decides
BACKING_OFF = 3  # suspended until its restart is due
TO_RESTART = 4  # the pre-restart hook is due
RESTARTING = 5  # waits for its children to end
STOPPING = 6  # waits for its children to end
ENDED = 7  # the rest of its mailbox becomes dead letters
NAMES = (
    "running",
    "starting",
    "failed",
    "backing off",
    "restarting",
    "restarting",
    "stopping",
    "ended",
)

# Hooks, each a bit in HOOKS.
NO_HOOK = -1
PRE_START = 0
POST_STOP = 1
PRE_RESTART = 2
POST_RESTART = 3
AFTER_BATCH = 4
HOOK_NAMES = ("pre_start", "post_stop", "pre_restart", "post_restart")

# Commands, bits of CONTROL.
STOP_NOW = 1
RESTART_NOW = 2
RESUME_NOW = 4
WITH_PARENT = 1 << 14  # beside STOP_NOW: because the parent stops or restarts
COMMAND_BITS = 16

# News of a child, bits of STATUS.
QUEUED = 1  # the child is in its parent's stack
ADOPT = 2  # a new child, spawned by a thread that does not own the parent
FAULTY = 4  # failed; waits for the parent's decision
ESCALATED = 8  # beside FAULTY: the parent must not decide, but fail too
TERMINATED = 16

# Requests of the running behaviour about its actor, in WANTS of the worker.
GIVE_WAY = -2  # let other actors run before its next message
CHANGED = -1  # reread the actor's words; any other request replaces this one
NOTHING = 0
STOP_SELF = 1
FAIL = 2  # FAIL + code

# Directives: the treatment of an actor that failed.
STOP = 0
RESTART = 1
RESUME = 2
ESCALATE = 3
DIRECTIVES = ("stop", "restart", "resume", "escalate")

# Groups: the children of a supervisor that a fault concerns.
ONE_FOR_ONE = 0
ONE_FOR_ALL = 1
REST_FOR_ONE = 2
GROUPS = ("one-for-one", "one-for-all", "rest-for-one")
