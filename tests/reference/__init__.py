"""The reference that planned reads are compared with: the slowest obvious way to the same answers.

It serves the product's own schema and root resolvers with the stock executor, object by object.
Each field reads the source that `schema/` declares for it, by a small statement of its own
(`fields`, `reading`, `paging`). It shares the declarations and nothing of the planning.
"""
