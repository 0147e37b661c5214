"""The services that the benchmarks measure this one beside, each written as its own docs advise."""
