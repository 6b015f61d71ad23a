"""Servers that are not Tertulia, behind adapters of some dozen lines: the same generator, the same books."""
