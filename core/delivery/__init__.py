"""Delivery: everything between a send and the receiver's mailbox, or a dead letter."""
