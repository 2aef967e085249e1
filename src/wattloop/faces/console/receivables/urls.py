"""The addresses of the area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.receivables.views import (
    accounts,
    bank,
    charges,
    decisions,
    desk,
    dunning,
    ledger,
    notify,
    payments,
    reports,
    today,
)

app_name = "receivables"
urlpatterns = [
    path("", today.home, name="home"),
    path("desk/", desk.find, name="desk"),
    path("desk/open/", desk.open_day, name="open_day"),
    path("desk/<int:pk>/close/", desk.close_day, name="close_day"),
    path("desk/take/<int:pk>/", desk.take, name="take"),
    path("receipt/<int:pk>/", desk.receipt, name="receipt"),
    path("account/<int:pk>/", accounts.account, name="account"),
    path("account/<int:pk>/part/", accounts.part, name="agreement"),
    path("account/<int:pk>/plan/", accounts.plan, name="plan"),
    path("plan/<int:pk>/end/", accounts.end_plan, name="end_plan"),
    path("list/", payments.payments, name="payments"),
    path("list/<int:pk>/", payments.payment, name="payment"),
    path("list/<int:pk>/match/", payments.match, name="match"),
    path("list/<int:pk>/reverse/", payments.reverse, name="reverse"),
    path("list/<int:pk>/refund/", payments.refund, name="refund"),
    path("bank/", bank.bank, name="bank"),
    path("bank/look/<int:pk>/", bank.look, name="look"),
    path("bank/<int:pk>/", bank.bank_file, name="bank_file"),
    path("charges/", charges.charges, name="charges"),
    path("charges/<int:pk>/", charges.charge, name="charge"),
    path("charges/<int:pk>/dispute/", charges.dispute, name="dispute"),
    path("charges/<int:pk>/adjust/", charges.adjust, name="adjust"),
    path("charges/<int:pk>/refund/", charges.refund, name="refund_credit"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/adjustment/<int:pk>/", decisions.adjustment, name="decide_adjustment"),
    path("decisions/refund/<int:pk>/", decisions.refund, name="decide_refund"),
    path("ageing/", reports.ageing, name="ageing"),
    path("dunning/", dunning.queue, name="dunning"),
    path("dunning/notices/", dunning.notices, name="notices"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/journal/", ledger.journal, name="journal"),
    path("ledger/close/", ledger.close, name="close"),
    path("ledger/<int:pk>/reopen/", ledger.reopen, name="reopen"),
    path("ledger/verify/", ledger.verify, name="verify"),
    path("notify/<str:source>", notify.notify, name="notify"),
]
