"""Whom the enterprise supplies, and who may become one of them."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """The person or firm (客户). `unit` is the station that looks after them."""

    class Kind(models.TextChoices):
        """What they are."""

        PERSON = "person"
        FIRM = "firm"

    class Importance(models.TextChoices):
        """Important users (重要用户) need a second supply; ordinary ones do not."""

        ORDINARY = "ordinary"
        SECOND = "second"
        FIRST = "first"
        SPECIAL = "special"

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    importance = models.CharField(max_length=10, choices=Importance.choices, default=Importance.ORDINARY)
    key_account = models.BooleanField(default=False)
    manager = models.ForeignKey("enterprise.Employee", null=True, blank=True, on_delete=models.SET_NULL)
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="customers")
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        indexes = [
            models.Index(fields=["unit", "number"], name="customer_unit"),
            models.Index(fields=["phone"], name="customer_phone"),
            models.Index(fields=["number"], name="customer_key", condition=models.Q(key_account=True)),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Contact(models.Model):
    """Somebody to speak to for a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=100)
    post = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    main = models.BooleanField(default=False)

    class Meta:
        ordering = ("-main", "name")
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="contact_once")]

    def __str__(self) -> str:
        return str(self.name)


class OldNumber(models.Model):
    """A number that something had in the system before this one."""

    system = models.CharField(max_length=40)
    number = models.CharField(max_length=80, db_index=True)
    kind = models.CharField(max_length=20)  # customer, agreement, point, meter
    now = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "kind", "number"], name="old_number_once")]
        indexes = [models.Index(fields=["kind", "now"], name="old_number_now")]

    def __str__(self) -> str:
        return f"{self.system} {self.number}"


class Prospect(models.Model):
    """Somebody who may be supplied later, with the load they expect: growth is seen, not only stock."""

    class Stage(models.TextChoices):
        """How far it has come."""

        HEARD = "heard"
        APPLIED = "applied"
        BUILDING = "building"
        CONNECTED = "connected"
        LOST = "lost"

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="prospects")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.HEARD)
    customer_class = models.CharField(max_length=40, blank=True)
    voltage = models.CharField(max_length=20, blank=True)
    load_w = models.BigIntegerField()
    energy_wh_month = models.BigIntegerField(null=True, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    chance_percent = models.PositiveSmallIntegerField(default=50)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    manager = models.ForeignKey("enterprise.Employee", null=True, blank=True, on_delete=models.SET_NULL)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="prospects")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("expected_on", "number")
        constraints = [
            models.CheckConstraint(condition=models.Q(load_w__gt=0), name="prospect_load"),
            models.CheckConstraint(condition=models.Q(chance_percent__lte=100), name="prospect_chance"),
        ]
        indexes = [models.Index(fields=["unit", "stage"], name="prospect_unit")]

    def __str__(self) -> str:
        return str(self.name)
