"""The load kit: scripted readers and posts, and figures that one can trust."""
