"""The tables of operations, one module per part of the platform."""
