"""Messages: their format, typed views of their words, payloads as bytes."""
