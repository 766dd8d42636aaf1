"""From decided actions to the network, each once in effect: enforcement ledger, delivery, dead letters, reversal.

Never sends anything before the transaction that ordered it is committed, and nothing destructive without a
preservation receipt.
"""
