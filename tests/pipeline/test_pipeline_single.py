"""One Jacana per database, on both databases."""

from dataclasses import replace

import pytest

from jacana.db.engine import Database
from jacana.pipeline.single import ServiceAlreadyRunningError, claim_service
from jacana.pipeline.stages import Stages


def test_a_second_claim_is_refused_and_a_released_one_can_be_taken(stages: Stages) -> None:
    other = replace(stages, db=Database(stages.db.url))
    with claim_service(stages), pytest.raises(ServiceAlreadyRunningError), claim_service(other):
        pass
    with claim_service(other):
        pass
    other.db.close()
