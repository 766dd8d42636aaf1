"""The permission table, read the other way round: who may do each thing."""

import pytest

from jacana.web.permissions import ROLE_PERMISSIONS, Permission, Role, may

R, L, AD, AU = Role.REVIEWER, Role.LEAD, Role.ADMIN, Role.AUDITOR


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.SEE_QUEUE, {R, L, AU}),
        (Permission.SEE_CASE, {R, L, AU}),
        (Permission.VIEW_MEDIA, {R, L}),
        (Permission.DECIDE, {R, L}),
        (Permission.REVERSE, {L}),
        (Permission.SEE_DEAD, {L, AD, AU}),
        (Permission.RETRY_DEAD, {L}),
        (Permission.SEE_REPORT, {R, L, AU}),
        (Permission.APPROVE_REPORT, {R, L}),
        (Permission.SEE_AUDIT, {L, AU}),
        (Permission.MANAGE_USERS, {AD}),
        (Permission.SEE_SETTINGS, {L, AD}),
        (Permission.SEE_BANKS, {R, L, AD, AU}),
        (Permission.EXPORT_BANK, {L}),
        (Permission.SEE_LEXICON, {R, L, AU}),
        (Permission.APPROVE_TERM, {L}),
        (Permission.REVEAL_TERM, {L}),
        (Permission.SEE_BANS, {L, AU}),
        (Permission.DECIDE_APPEAL, {L}),
    ],
)
def test_who_may(permission: Permission, roles: set[Role]) -> None:
    assert {role for role in Role if may(role, permission)} == roles


def test_the_table_is_complete() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == set(Permission)
