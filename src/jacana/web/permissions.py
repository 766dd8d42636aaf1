"""Who may do what in the console. One table; every route names one permission, and the server checks it. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here to do."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing a route lets a person do."""

    SEE_QUEUE = "see_queue"
    SEE_CASE = "see_case"
    """Facts, findings and history of a case; no media."""
    VIEW_MEDIA = "view_media"
    DECIDE = "decide"
    REVERSE = "reverse"
    SEE_DEAD = "see_dead"
    RETRY_DEAD = "retry_dead"
    SEE_REPORT = "see_report"
    APPROVE_REPORT = "approve_report"
    SEE_AUDIT = "see_audit"
    MANAGE_USERS = "manage_users"
    SEE_SETTINGS = "see_settings"
    SEE_BANKS = "see_banks"
    """What banks are, how fresh and how good; never a hash."""
    EXPORT_BANK = "export_bank"
    """Hand a bank's hashes to somebody else."""
    SEE_LEXICON = "see_lexicon"
    """Terms masked, with their figures; never one in clear."""
    APPROVE_TERM = "approve_term"
    """Approve a term, try it in shadow, retire it."""
    REVEAL_TERM = "reveal_term"
    """See one term in clear, on record."""
    SEE_BANS = "see_bans"
    """Bans of devices and appeals; never a device."""
    DECIDE_APPEAL = "decide_appeal"
    """Grant or deny an appeal, lift a ban of a device."""


_REVIEWER = frozenset(
    {
        Permission.SEE_QUEUE,
        Permission.SEE_CASE,
        Permission.VIEW_MEDIA,
        Permission.DECIDE,
        Permission.SEE_REPORT,
        Permission.APPROVE_REPORT,
        Permission.SEE_BANKS,
        Permission.SEE_LEXICON,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REVIEWER: _REVIEWER,
    Role.LEAD: _REVIEWER
    | {
        Permission.REVERSE,
        Permission.SEE_DEAD,
        Permission.RETRY_DEAD,
        Permission.SEE_AUDIT,
        Permission.SEE_SETTINGS,
        Permission.EXPORT_BANK,
        Permission.APPROVE_TERM,
        Permission.REVEAL_TERM,
        Permission.SEE_BANS,
        Permission.DECIDE_APPEAL,
    },
    Role.ADMIN: frozenset(
        {Permission.MANAGE_USERS, Permission.SEE_SETTINGS, Permission.SEE_DEAD, Permission.SEE_BANKS}
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.SEE_QUEUE,
            Permission.SEE_CASE,
            Permission.SEE_REPORT,
            Permission.SEE_AUDIT,
            Permission.SEE_DEAD,
            Permission.SEE_BANKS,
            Permission.SEE_LEXICON,
            Permission.SEE_BANS,
        }
    ),
}


def may(role: Role, permission: Permission) -> bool:
    """Return whether the role includes the permission."""
    return permission in ROLE_PERMISSIONS[role]
