"""Shows how the running program does: figures for Prometheus, spans for OpenTelemetry."""
