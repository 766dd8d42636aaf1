"""What each effect means, when a policy may ask for it, and which effects contradict each other. Only tables."""

from jacana.model.decision import EffectKind, Lane, Moment

_BOTH = frozenset(Moment)
_UPLOAD = frozenset({Moment.UPLOAD})
_VERDICT = frozenset({Moment.VERDICT})

ALLOWED_AT: dict[EffectKind, frozenset[Moment]] = {
    EffectKind.HOLD: _UPLOAD,
    EffectKind.RELEASE: _BOTH,
    EffectKind.REMOVE: _BOTH,
    EffectKind.SUSPEND_ACCOUNT: _BOTH,
    EffectKind.REINSTATE_ACCOUNT: _VERDICT,
    EffectKind.BAN_ACCOUNT: _BOTH,
    EffectKind.BAN_DEVICE: _BOTH,
    EffectKind.OPEN_CASE: _UPLOAD,
    EffectKind.DRAFT_REPORT: _BOTH,
}
"""A hold and a case wait for a person, so they end with the verdict; only a verdict can undo a suspension."""

LASTING = frozenset({EffectKind.REMOVE, EffectKind.BAN_ACCOUNT, EffectKind.BAN_DEVICE})
"""Effects that need a person: at the upload they are granted only on a human-verified bank or a confirmed copy."""

DECIDING = frozenset({EffectKind.HOLD, EffectKind.RELEASE, EffectKind.REMOVE})
"""Effects that say what becomes of the file; at the upload one of them is always granted."""

BEATEN_BY: dict[EffectKind, tuple[EffectKind, ...]] = {
    EffectKind.HOLD: (EffectKind.REMOVE,),
    EffectKind.RELEASE: (
        EffectKind.HOLD,
        EffectKind.REMOVE,
        EffectKind.SUSPEND_ACCOUNT,
        EffectKind.BAN_ACCOUNT,
        EffectKind.BAN_DEVICE,
        EffectKind.DRAFT_REPORT,
    ),
    EffectKind.SUSPEND_ACCOUNT: (EffectKind.BAN_ACCOUNT,),
    EffectKind.REINSTATE_ACCOUNT: (EffectKind.SUSPEND_ACCOUNT, EffectKind.BAN_ACCOUNT),
}
"""Where two effects contradict each other, the one that protects wins."""

MEANING: dict[EffectKind, str] = {
    EffectKind.HOLD: "nobody but the reviewers may see the upload until a person has decided",
    EffectKind.RELEASE: "the network may show the upload",
    EffectKind.REMOVE: "the network takes the upload down",
    EffectKind.SUSPEND_ACCOUNT: "the account is shut until a person has decided",
    EffectKind.REINSTATE_ACCOUNT: "a suspended account is opened again",
    EffectKind.BAN_ACCOUNT: "the account is shut for good",
    EffectKind.BAN_DEVICE: "new accounts on the upload's device are refused",
    EffectKind.OPEN_CASE: "a person is asked, in the lane named",
    EffectKind.DRAFT_REPORT: "a report to the authority is prepared; a person approves it before it is filed",
}

LANE_MEANING: dict[Lane, str] = {
    Lane.APPARENT_CSAM: "material believed to show the abuse of a child",
    Lane.IMMINENT_HARM: "a child may be in danger now",
    Lane.REVIEW: "a person must look, nothing is known yet",
    Lane.UNREADABLE: "a file that could not be screened",
}
