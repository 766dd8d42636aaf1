"""What each effect means, when a policy may ask for it, and which effects contradict each other. Only tables."""

from jacana.model.decision import EffectKind, Lane, Moment

_BOTH = frozenset({Moment.UPLOAD, Moment.VERDICT})
_UPLOAD = frozenset({Moment.UPLOAD})
_VERDICTS = frozenset({Moment.VERDICT, Moment.ACCOUNT_VERDICT})
_ACCOUNT = frozenset({Moment.ACCOUNT, Moment.ACCOUNT_VERDICT})

ALLOWED_AT: dict[EffectKind, frozenset[Moment]] = {
    EffectKind.HOLD: _UPLOAD | {Moment.TEXT},
    EffectKind.RELEASE: _BOTH,
    EffectKind.REMOVE: _BOTH,
    EffectKind.SUSPEND_ACCOUNT: _BOTH | _ACCOUNT,
    EffectKind.REINSTATE_ACCOUNT: _VERDICTS,
    EffectKind.BAN_ACCOUNT: _BOTH | {Moment.ACCOUNT_VERDICT},
    EffectKind.BAN_DEVICE: _BOTH | {Moment.ACCOUNT_VERDICT},
    EffectKind.OPEN_CASE: _UPLOAD | {Moment.ACCOUNT},
    EffectKind.DRAFT_REPORT: _BOTH,
    EffectKind.FORCE_REAUTH: _ACCOUNT,
    EffectKind.SCREEN_PRIVATE: _ACCOUNT,
    EffectKind.ALLOW: frozenset({Moment.TEXT, Moment.SESSION}),
    EffectKind.DETER: frozenset({Moment.TEXT}),
    EffectKind.CHALLENGE: frozenset({Moment.SESSION}),
    EffectKind.REFUSE: frozenset({Moment.TEXT, Moment.SESSION}),
}
"""A hold and a case wait for a person, so they end with the verdict; only a verdict can undo a suspension.

What is found about an account bans nobody: that takes a person's verdict.
"""

LASTING = frozenset({EffectKind.REMOVE, EffectKind.BAN_ACCOUNT, EffectKind.BAN_DEVICE})
"""Effects that need a person: at the upload they are granted only on a human-verified bank or a confirmed copy."""

DECIDING = frozenset({EffectKind.HOLD, EffectKind.RELEASE, EffectKind.REMOVE})
"""Effects that say what becomes of the file; at the upload one of them is always granted."""

BEATEN_BY: dict[EffectKind, tuple[EffectKind, ...]] = {
    EffectKind.HOLD: (EffectKind.REMOVE, EffectKind.REFUSE),
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
    EffectKind.ALLOW: (EffectKind.REFUSE, EffectKind.HOLD, EffectKind.CHALLENGE, EffectKind.DETER),
    EffectKind.DETER: (EffectKind.REFUSE, EffectKind.HOLD),
    EffectKind.CHALLENGE: (EffectKind.REFUSE,),
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
    EffectKind.FORCE_REAUTH: "everybody is signed out of the account and must prove who they are",
    EffectKind.SCREEN_PRIVATE: "what only the owner may see is screened again, with the strongest look",
    EffectKind.ALLOW: "the text may be posted, the search be answered, the session begin",
    EffectKind.DETER: "the search may be answered, together with the operator's deterrence message",
    EffectKind.CHALLENGE: "the session may begin only after proof of who it is",
    EffectKind.REFUSE: "the text is not posted, the search not answered, the session not begun",
}

LANE_MEANING: dict[Lane, str] = {
    Lane.APPARENT_CSAM: "material believed to show the abuse of a child",
    Lane.IMMINENT_HARM: "a child may be in danger now",
    Lane.REVIEW: "a person must look, nothing is known yet",
    Lane.ACCOUNTS: "an account that may hold, trade or hand over what nobody may see",
    Lane.UNREADABLE: "a file that could not be screened",
}

MOMENT_MEANING: dict[Moment, str] = {
    Moment.UPLOAD: "a file has been screened, and nobody but its owner has seen it",
    Moment.VERDICT: "a person has looked at the file and has said what it is",
    Moment.ACCOUNT: "something was found about an account: words, log-ins, devices, ties",
    Moment.ACCOUNT_VERDICT: "a person has said what the account is",
    Moment.TEXT: "the network asks at once whether a text may be posted or a search be answered",
    Moment.SESSION: "the network asks at once whether a device may sign in or make an account",
}
