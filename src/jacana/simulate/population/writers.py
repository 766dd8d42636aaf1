"""People told apart by what they write: term users outside any ring, and innocents whose words look like terms."""

from jacana.simulate.population.disguise import disguise
from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.person import Person, settle_in
from jacana.simulate.population.words import ASKS, COMMENTS, SEARCHES, SimTerm, fill
from jacana.simulate.population.world import Session, World


class TermUser(Person):
    """Searches and asks for coded words: attempts to obtain."""

    def comment(self, world: World, session: Session, later: float, upload_id: str) -> None:
        """Ask under a public video."""
        term = world.rng.choice(world.vocabulary.terms)
        text, how = write_term(world, ASKS, term)
        event_id = world.tell(session, "comment_posted", later, upload_id=upload_id, text=text, language="en")
        world.note_text(event_id, self.id, "comment", "term", how, term.listed)

    def search(self, world: World, session: Session, later: float) -> None:
        """Search for a term, or for something else."""
        if world.rng.random() < 0.5:
            super().search(world, session, later)
            return
        term = world.rng.choice(world.vocabulary.terms)
        text, how = write_term(world, ("{term}", "{term} {noun}"), term)
        event_id = world.tell(session, "search_performed", later, text=text, language="en")
        world.note_text(event_id, self.id, "search", "term", how, term.listed)


class Lookalike(Person):
    """Writes brand and family names that differ from a term by a letter or hold it, and ordinary words that need a
    co-term to mean anything.
    """

    def write_caption(self, world: World) -> str:
        """Return a caption with such a word."""
        return self._write(world, ("welcome to {word} {noun}", "{word} and the {adjective} {noun}"))

    def comment(self, world: World, session: Session, later: float, upload_id: str) -> None:
        """Comment with such a word."""
        text = self._write(world, ("greetings from {word}", *COMMENTS))
        world.tell(session, "comment_posted", later, upload_id=upload_id, text=text, language="en")

    def search(self, world: World, session: Session, later: float) -> None:
        """Search for such a word."""
        text = self._write(world, ("{word} {noun}", *SEARCHES))
        world.tell(session, "search_performed", later, text=text, language="en")

    def _write(self, world: World, patterns: tuple[str, ...]) -> str:
        alone = [term.text for term in world.vocabulary.terms if term.requires]
        word = world.rng.choice(alone if world.rng.random() < 0.3 else world.vocabulary.lookalikes)
        return fill(world.rng, patterns, word=word)


def write_term(world: World, patterns: tuple[str, ...], term: SimTerm) -> tuple[str, str]:
    """Return (a text that holds the term, its disguise class). A word that needs a co-term is written with it."""
    if term.requires:
        return fill(world.rng, patterns, term=f"{term.text} {term.requires}"), "plain"
    word, how = disguise(world.rng, term.text)
    return fill(world.rng, patterns, term=word), how


def settle_term_user(world: World) -> list[Person]:
    """Return somebody who looks for what the terms stand for."""
    return [TermUser(world, Kind.TERM_USER, settle_in(world))]


def settle_lookalike(world: World) -> list[Person]:
    """Return somebody innocent with an unlucky vocabulary."""
    return [Lookalike(world, Kind.LOOKALIKE, settle_in(world))]
