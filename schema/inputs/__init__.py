"""Inputs and payloads of the mutations, one module an area."""
