"""The same job in other load tools, for `bench/generators.py`: follow one thread, and read each event.

Each is a program or a scenario of its tool; READERS, URL and THREAD are in the environment.
"""
