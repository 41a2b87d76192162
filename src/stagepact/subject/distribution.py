"""The distribution that a package comes from, asked of its metadata, never of an import."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, packages_distributions, version


def required_version(distribution: str, package: str, extra: str) -> str:
    """The version of the distribution that an adapter needs.

    Names on the registry and names of packages are two things: another distribution may
    install a package of the same name, and importing it would run code that nobody meant.

    Raises:
        ImportError: it isn't installed; says which other one brings the package, and what to do.
    """
    try:
        return version(distribution)
    except PackageNotFoundError:
        others = sorted(set(packages_distributions().get(package, ())))
    raise ImportError(_advice(distribution, package, extra, others), name=package)


def _advice(distribution: str, package: str, extra: str, others: list[str]) -> str:
    install = f"pip install 'stagepact[{extra}]'"
    if not others:
        return f"{distribution} isn't installed: {install}"
    named = ", ".join(others)
    return (
        f"the package `{package}` that is installed comes from {named}, "
        f"and stagepact's adapter is for {distribution}: pip uninstall {named} && {install}"
    )
