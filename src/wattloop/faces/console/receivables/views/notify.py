"""Payments told by other systems over HTTP. No session: a signature says who calls."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wattloop.apps.receivables import notify as told
from wattloop.library.quantity.refusal import Refused


@csrf_exempt
@require_POST
def notify(request: HttpRequest, source: str) -> JsonResponse:
    """Take a payment: 201 new, 200 known, 400 no payment, 401 not signed, 409 another amount, 413 too long."""
    if int(request.headers.get("content-length") or 0) > told.LARGEST:
        return JsonResponse({"wrong": "the body is too long"}, status=413)
    try:
        told.check(source, request.body, request.headers.get("x-wattloop-signature", ""))
        payment, new = told.take(source, request.body)
    except told.NotSigned as refused:
        return JsonResponse({"wrong": str(refused)}, status=401)
    except told.Another as refused:
        return JsonResponse({"wrong": str(refused)}, status=409)
    except Refused as refused:
        return JsonResponse({"wrong": str(refused), "field": refused.field}, status=400)
    body = {"payment": payment.pk, "reference": payment.reference, "state": payment.state, "taken": new}
    return JsonResponse(body, status=201 if new else 200)
