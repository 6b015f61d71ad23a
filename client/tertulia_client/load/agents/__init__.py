"""Readers of a run on other machines: agents that hold them, and the lines between them and the one that leads."""
