"""For all tests: what must come before anything else is imported."""

import retrieval  # noqa: F401  it switches Haystack's telemetry off, before Haystack is there
