"""Signing in: allauth's views with our pages and rules: no sign-up, a second factor, sessions that end."""
