"""Results in, pages out; nothing here measures."""
