"""What exists: the GraphQL types, inputs and payloads, one module an area.

A type says once where its data comes from (`fields.py`); `catalogue.py` collects that for the
planned reads. `schema.graphql` is the generated contract.
"""
