"""What can go wrong in review.

ThingNotFoundError   CaseMissingError  ItemMissingError  DecisionMissingError  ViewMissingError
StateConflictError   CaseClosedError  CaseLeasedError  CaseStaleError  LeaseLostError
                     DecisionStandsError  TooLateToUndoError  TooEarlyToOverturnError
                     DecisionUndoneError  VerdictMismatchError
InputInvalidError    DecisionFormInvalidError  ViewClaimInvalidError
"""

from jacana.model.errors import InputInvalidError, StateConflictError, ThingNotFoundError


class CaseMissingError(ThingNotFoundError):
    """There is no such case."""

    code = "review.case_missing"


class ItemMissingError(ThingNotFoundError):
    """The case has no such item."""

    code = "review.item_missing"


class DecisionMissingError(ThingNotFoundError):
    """There is no such review decision."""

    code = "review.decision_missing"


class ViewMissingError(ThingNotFoundError):
    """There is no such view of this person."""

    code = "review.view_missing"


class CaseClosedError(StateConflictError):
    """Everything in the case has its verdict."""

    code = "review.case_closed"


class CaseLeasedError(StateConflictError):
    """Somebody else holds the case."""

    code = "review.case_leased"


class CaseStaleError(StateConflictError):
    """The case changed after the form was shown."""

    code = "review.case_stale"


class LeaseLostError(StateConflictError):
    """The lease ran out, was given back, or was never taken."""

    code = "review.lease_lost"


class DecisionStandsError(StateConflictError):
    """The file has a verdict already."""

    code = "review.decision_stands"


class TooLateToUndoError(StateConflictError):
    """The undo window is over: the verdict's work has started."""

    code = "review.too_late_to_undo"


class TooEarlyToOverturnError(StateConflictError):
    """The verdict is not applied yet: whoever gave it, or a lead, can still undo it."""

    code = "review.too_early_to_overturn"


class DecisionUndoneError(StateConflictError):
    """The verdict was taken back and must not be applied."""

    code = "review.decision_undone"


class VerdictMismatchError(StateConflictError):
    """The verdict is about other bytes, or is not applied yet, so it cannot settle this upload."""

    code = "review.verdict_mismatch"


class DecisionFormInvalidError(InputInvalidError):
    """A field of the decision form is missing or does not fit."""

    code = "review.form_invalid"


class ViewClaimInvalidError(InputInvalidError):
    """A view claims what cannot have happened."""

    code = "review.view_claim_invalid"
