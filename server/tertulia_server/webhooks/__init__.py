"""Sends what happens to addresses that members named: one worker at a time, in order, until it is taken."""
