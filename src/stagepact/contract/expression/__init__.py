"""The expressions of `holds:` clauses: a small language, read by hand, evaluated without `eval`.

    output.vram_gb ≈ input.size * 2 * 1.2 / 1e9 ± 1%
    all(item.price > 0 for item in output.items) and len(output.items) <= input.limit

Values are JSON's. A bool is no number, numbers are compared by value, floats are IEEE 754
doubles (`0.1 + 0.2 == 0.3` is false; say `≈ … ± …`).

An evaluation always ends, and soon: it has a budget of steps and of sizes, whatever the data is.
"""

from stagepact.contract.expression.errors import (
    EvaluationError,
    ExpressionError,
    UndecidedError,
)
from stagepact.contract.expression.evaluation import evaluate
from stagepact.contract.expression.explanation import explain
from stagepact.contract.expression.functions import FUNCTIONS
from stagepact.contract.expression.parser import parse
from stagepact.contract.expression.tree import (
    Expression,
    Literal,
    Name,
    Node,
    Step,
    Unary,
)

__all__ = [
    "FUNCTIONS",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Literal",
    "Name",
    "Node",
    "Step",
    "Unary",
    "UndecidedError",
    "evaluate",
    "explain",
    "parse",
]
