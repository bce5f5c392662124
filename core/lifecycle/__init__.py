"""An actor's lifecycle: spawning, supervision, restarts, death watch, termination."""
