"""What a customer is found by."""

from __future__ import annotations

from django.db import models

from wattloop.apps.customers.models.customers import Customer


class SearchText(models.Model):
    """The words of a customer as they are searched, in small letters, a line each; `queries.search` says how.

    The index of their grams stands beside it: a table that each database has its own kind of (`search.grams`).
    """

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="search_text")
    unit = models.IntegerField()
    text = models.TextField()
