"""Benchmarks over data that is not shipped: `python -m qa.benchmark NAME [OPTIONS]` runs `qa.benchmark.NAME.main`."""
