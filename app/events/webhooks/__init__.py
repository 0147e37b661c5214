"""Webhooks on their way: events become deliveries, deliveries become requests."""
