"""Pools of blocks for payloads beyond a message's own words."""
