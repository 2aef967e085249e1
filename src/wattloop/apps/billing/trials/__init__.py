"""What bills would come to if a tariff's hours or prices were others: sums computed once, and answers from them.

A trial writes nothing that anybody is billed by. What it computes lies in `WATTLOOP_HOME/trials` and may be
thrown away at any time.
"""
