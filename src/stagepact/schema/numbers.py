"""Intervals of numbers as makers of values need them: multiples, and the floats inside."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from stagepact.schema.shape import Numbers

_MOST_STEPS = 1_000_000
_PROBED = 50


@dataclass(frozen=True, slots=True)
class Steps:
    """The factors of a step that are inside: from `least` to `most`, None without a bound."""

    least: int | None
    most: int | None

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return self.least is not None and self.most is not None and self.least > self.most


def steps(of: Numbers, step: Fraction) -> Steps:
    """The factors of a step within an interval."""
    least = most = None
    if of.minimum is not None:
        least = math.ceil(of.minimum / step)
        least += of.open_minimum and least * step == of.minimum
    if of.maximum is not None:
        most = math.floor(of.maximum / step)
        most -= of.open_maximum and most * step == of.maximum
    return Steps(least, most)


def near(found: Steps) -> Steps:
    """Steps with both bounds: where one is open, a million from the other, or from 0."""
    least, most = found.least, found.most
    if least is None and most is None:
        return Steps(-_MOST_STEPS, _MOST_STEPS)
    if least is None:
        assert most is not None, "the case of no bounds is above"
        return Steps(most - _MOST_STEPS, most)
    return Steps(least, least + _MOST_STEPS if most is None else most)


def scaled(factor: int, step: Fraction) -> int | float:
    """A multiple of a step, as JSON writes it."""
    whole, rest = divmod(factor * step.numerator, step.denominator)
    if not rest:
        return whole
    return factor * step.numerator / step.denominator


def is_agreed(number: float, step: Fraction) -> bool:
    """Whether a validator that divides floats takes a multiple for one: 0.29 / 0.01 isn't whole."""
    try:
        quotient = number / float(step)
    except (OverflowError, ZeroDivisionError):
        return True
    return step.denominator == 1 or math.isinf(quotient) or quotient.is_integer()


def preferred(near: Steps, step: Fraction) -> Callable[[float], bool]:
    """Which multiples are to be made: those that validators agree on, unless they are rare."""
    least, most = near.least, near.most
    assert least is not None, "what is near has both bounds"
    assert most is not None, "what is near has both bounds"
    some = range(least, most + 1, max(1, (most - least) // _PROBED))
    agreed = sum(is_agreed(scaled(factor, step), step) for factor in some)
    return (lambda number: is_agreed(number, step)) if 3 * agreed >= len(some) else _any


def _any(number: float) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Floats:
    """The floats within an interval, both ends included; None without a bound."""

    least: float | None
    most: float | None

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return self.least is not None and self.most is not None and self.least > self.most


def floats(of: Numbers) -> Floats:
    """The finite floats within an interval."""
    return Floats(
        None if of.minimum is None else _least(of.minimum, of.open_minimum),
        None if of.maximum is None else -_least(-of.maximum, of.open_maximum),
    )


def _least(bound: Fraction, is_open: bool) -> float:
    """The least float that isn't below a bound, nor on it where it is open."""
    try:
        nearest = float(bound)
    except OverflowError:
        return math.inf if bound > 0 else -math.nextafter(math.inf, 0)
    if nearest < bound or (is_open and nearest == bound):
        return math.nextafter(nearest, math.inf)
    return nearest
