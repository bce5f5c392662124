"""Child processes: their first instructions, their folder, their log and their end."""
