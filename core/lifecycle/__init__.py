"""An actor's life: spawning, supervision, restarts, death watch, its end."""
