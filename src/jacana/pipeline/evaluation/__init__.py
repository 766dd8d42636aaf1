"""Evaluation: replays an event set through the real pipeline, with an automatic reviewer, and counts what came of it.

Reading order: run, lexicon, entrance, reviewer, replay, outcome, relevance, figures, reach, report. The truth is opened
when the replay has ended, not before; figures of a simulated set rank methods and prove nothing about the field.
"""
