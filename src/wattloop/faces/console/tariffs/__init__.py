"""Tariffs in the console: what is in force and proposed, drawn; and what another would bring, tried."""
