"""Reads a policy file and checks all of it. A policy that loads is sound: every name exists, every verdict is answered.

Any bytes give either a Policy or one PolicyInvalidError that shows every problem; never anything in between.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TypeVar

from jacana.decide.complaints import Complaints, PolicyInvalidError, Span, suggest
from jacana.decide.conditions import Expression
from jacana.decide.coverage import find_unanswered_verdicts
from jacana.decide.document import Mapping, Node, Scalar, Sequence, read_document, trace_characters
from jacana.decide.effects import ALLOWED_AT, DECIDING, LASTING
from jacana.decide.language import parse_expression
from jacana.decide.paths import FACT_PATHS
from jacana.decide.rules import LANGUAGE, OTHERWISE, RESERVED, Policy, Rule
from jacana.model.decision import Effect, EffectKind, Lane, Moment

__all__ = ["Policy", "PolicyInvalidError", "Rule", "load_policy", "parse_policy"]

SHIPPED = "policy.yaml"
MOST_BYTES = 200_000
LONGEST_REASON = 500
POLICY_KEYS = ("policy", "language", "rules", "otherwise")
RULE_KEYS = ("name", "on", "when", "then", "reason")
OTHERWISE_KEYS = ("then", "reason")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_Choice = TypeVar("_Choice", bound=StrEnum)


def load_policy(path: Path | None) -> Policy:
    """Return the policy in a file, or the one shipped with Jacana. Raises PolicyInvalidError."""
    if path is None:
        return parse_policy(resources.files("jacana.decide").joinpath(SHIPPED).read_bytes(), SHIPPED)
    if path.suffix == ".toml":  # a complaint would quote its lines, and those of settings hold keys
        raise PolicyInvalidError(f"{path} is a settings file, not a policy", remedy="name the policy, a YAML file")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise PolicyInvalidError(
            f"policy file {path} cannot be read ({problem.strerror})",
            remedy="correct the path, or leave policy_file empty for the policy shipped with Jacana",
        ) from None
    return parse_policy(data, str(path))


def parse_policy(data: bytes, file_name: str) -> Policy:
    """Return the policy in these bytes. Raises PolicyInvalidError showing every problem at its line."""
    if len(data) > MOST_BYTES:
        raise PolicyInvalidError(f"{file_name} is larger than {MOST_BYTES} bytes", remedy="shorten it")
    complaints = Complaints(file_name, data.decode("utf-8-sig", errors="replace"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        place = len(data[: problem.start].decode("utf-8-sig"))
        complaints.add(Span(place, place + 1), "this is not UTF-8 text", "save the file as UTF-8")
    complaints.raise_if_any()
    root = read_document(complaints)
    version = hashlib.sha256(data).hexdigest()[:12]
    policy = _Reader(complaints).read_policy(root, version) if root is not None else None
    complaints.raise_if_any()
    if policy is None:
        raise PolicyInvalidError(f"{file_name} could not be read", remedy=None)
    return policy


class _Reader:
    """Walks the tree of a file; notes every problem and goes on, so that one run shows them all."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self.add = complaints.add
        self.line_of_rule: dict[str, int] = {}

    def read_policy(self, root: Node, version: str) -> Policy | None:
        fields = self._fields(root, POLICY_KEYS, "a policy")
        name = self._name(fields.get("policy"))
        self._check_language(fields.get("language"))
        rules = self._rules(fields.get("rules"))
        otherwise = self._otherwise(fields.get("otherwise"))
        if self.complaints.found or name is None:
            return None
        span = fields["rules"].span
        for gap in find_unanswered_verdicts(rules):
            self.add(Span(span.start, span.start + 1), gap.problem, gap.hint)
        return Policy(name, f"{name}@{version}", rules, otherwise, self.complaints.text)

    def _rules(self, node: Node | None) -> tuple[Rule, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.add(_first(node), "`rules` must be a list", "begin each rule with `- name:`")
            return ()
        rules = [self._rule(item) for item in node.items]
        return tuple(rule for rule in rules if rule is not None)

    def _rule(self, node: Node) -> Rule | None:
        fields = self._fields(node, RULE_KEYS, "a rule")
        name = self._name(fields.get("name"))
        if name is not None:
            self._check_rule_name(name, fields["name"].span)
        on = self._choice(fields.get("on"), Moment, "moment")
        when = self._condition(fields.get("when"))
        reason = self._reason(fields.get("reason"))
        then = self._effects(fields.get("then"), name or "?", reason or "?")
        if on is None or when is None:
            return None
        self._check_facts(fields["when"], on, when)
        rule = Rule(name or "?", on, when, tuple(effect for effect, _ in then), reason or "?")
        self._check_moment(then, on, when)
        return rule

    def _check_facts(self, node: Node, on: Moment, when: Expression) -> None:
        """Complain about facts that there are not at this moment: such a rule could never fire."""
        if on is Moment.UPLOAD and when.mentions("verdict"):
            self.add(_first(node), "there is no verdict yet at the upload", "write `on: verdict`")
            return
        for name in when.paths:
            known_at = FACT_PATHS[name].moments
            if on not in known_at:
                hint = f"`{name}` is known on {', '.join(sorted(known_at))}"
                self.add(_first(node), f"there is no `{name}` on {on}", hint)

    def _otherwise(self, node: Node | None) -> tuple[Effect, ...]:
        if node is None:
            return ()
        fields = self._fields(node, OTHERWISE_KEYS, f"`{OTHERWISE}`")
        reason = self._reason(fields.get("reason"))
        then = self._effects(fields.get("then"), OTHERWISE, reason or "?")
        self._check_moment(then, Moment.UPLOAD, None)
        if then and not any(effect.kind in DECIDING for effect, _ in then):
            self.add(_first(node), f"`{OTHERWISE}` does not decide the upload", "add hold or release to `then`")
        return tuple(effect for effect, _ in then)

    def _check_rule_name(self, name: str, span: Span) -> None:
        line, _ = self.complaints.locate(span.start)
        if name in RESERVED:
            self.add(span, f"`{name}` is a name Jacana uses itself", "choose another name")
        elif name in self.line_of_rule:
            self.add(span, f"a second rule named `{name}`", f"the first stands in line {self.line_of_rule[name]}")
        self.line_of_rule.setdefault(name, line)

    def _check_moment(self, then: list[tuple[Effect, Span]], on: Moment, when: Expression | None) -> None:
        for effect, span in then:
            allowed = ALLOWED_AT[effect.kind]
            if on not in allowed:
                self.add(span, f"`{effect.kind}` is not possible on {on}", f"only on {', '.join(sorted(allowed))}")
            elif on is Moment.UPLOAD and effect.kind in LASTING and not (when and when.mentions("finding")):
                self.add(
                    span,
                    f"`{effect.kind}` lasts: at the upload it must rest on a finding",
                    'ask about the finding, such as finding.kind == "bank_match", or write `on: verdict`',
                )

    def _effects(self, node: Node | None, rule: str, reason: str) -> list[tuple[Effect, Span]]:
        if node is None:
            return []
        if not isinstance(node, Sequence) or not node.items:
            self.add(_first(node), "`then` must be a list of effects", "such as [hold, {open_case: review}]")
            return []
        effects: list[tuple[Effect, Span]] = []
        for item in node.items:
            effect = self._effect(item, rule, reason)
            if effect is None:
                continue
            if effect.kind in (known.kind for known, _ in effects):
                self.add(_first(item), f"`{effect.kind}` stands here twice", "keep one")
            effects.append((effect, _first(item)))
        return effects

    def _effect(self, node: Node, rule: str, reason: str) -> Effect | None:
        if isinstance(node, Mapping) and len(node.pairs) == 1:
            word, lane_node = node.pairs[0]
            kind = self._choice(word, EffectKind, "effect")
            if kind is EffectKind.OPEN_CASE:
                lane = self._choice(lane_node, Lane, "lane")
                return Effect(kind, rule, reason, lane) if lane else None
            if kind is not None:
                self.add(_first(lane_node), f"`{kind}` takes no value", f"write only {kind}")
            return None
        kind = self._choice(node, EffectKind, "effect")
        if kind is EffectKind.OPEN_CASE:
            self.add(_first(node), "`open_case` needs a lane", f"write {{open_case: {Lane.REVIEW}}}")
            return None
        return Effect(kind, rule, reason) if kind else None

    def _condition(self, node: Node | None) -> Expression | None:
        if not isinstance(node, Scalar):
            if node is not None:
                self.add(_first(node), "`when` must be one condition", 'such as finding.kind == "bank_match"')
            return None
        return parse_expression(node.text, trace_characters(node, self.complaints.text), self.complaints)

    def _reason(self, node: Node | None) -> str | None:
        if node is None:
            return None
        text = " ".join(node.text.split()) if isinstance(node, Scalar) else ""
        if not text or not text.isprintable():
            self.add(
                _first(node), "`reason` must be a sentence", "say why, so that a lawyer and the user understand it"
            )
            return None
        if len(text) > LONGEST_REASON:
            self.add(_first(node), f"`reason` is longer than {LONGEST_REASON} characters", "shorten it")
        return text

    def _name(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if isinstance(node, Scalar) and _NAME.fullmatch(node.text):
            return node.text
        self.add(_first(node), "this is not a name", "use up to 40 small letters, digits and `_`, a letter first")
        return None

    def _check_language(self, node: Node | None) -> None:
        if node is not None and not (isinstance(node, Scalar) and node.text == str(LANGUAGE)):
            self.add(
                _first(node), "this program does not read that version of the policy language", f"write {LANGUAGE}"
            )

    def _choice(self, node: Node | None, choices: type[_Choice], what: str) -> _Choice | None:
        if node is None:
            return None
        text = node.text if isinstance(node, Scalar) else ""
        try:
            return choices(text)
        except ValueError:
            word = f"unknown {what} `{text[:60]}`" if text.strip() else f"the {what} is missing here"
            self.add(_first(node), word, suggest(text, [choice.value for choice in choices]))
            return None

    def _fields(self, node: Node, keys: Iterable[str], what: str) -> dict[str, Node]:
        if not isinstance(node, Mapping):
            self.add(_first(node), f"{what} must have keys and values", f"the keys are: {', '.join(keys)}")
            return {}
        fields = {}
        for key, value in node.pairs:
            if key.text in keys:
                fields[key.text] = value
            else:
                self.add(key.span, f"unknown key `{key.text[:60]}` in {what}", suggest(key.text, keys))
        for key_name in keys:
            if key_name not in fields:
                self.add(_first(node), f"{what} needs `{key_name}`", None)
        return fields


def _first(node: Node) -> Span:
    """Return the span of a scalar, or of the first character of anything larger."""
    return node.span if isinstance(node, Scalar) else Span(node.span.start, node.span.start + 1)
