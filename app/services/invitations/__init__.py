"""Invitations of people to a partner team or a client team."""
