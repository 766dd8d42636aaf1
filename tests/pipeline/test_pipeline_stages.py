"""The wired stages stand in the order of the flow."""

from dataclasses import fields

from jacana.pipeline.stages import Stages
from jacana.pipeline.timeline import FLOW

STAGE_OF_ATTRIBUTE = {
    "intake": "ingest",
    "screener": "detect",
    "policy": "decide",
    "vault": "preserve",
    "enforcement": "act",
    "desk": "review",
    "reports": "report",
}


def test_attributes_follow_the_flow() -> None:
    order = [STAGE_OF_ATTRIBUTE[item.name] for item in fields(Stages) if item.name in STAGE_OF_ATTRIBUTE]
    assert tuple(order) == FLOW
