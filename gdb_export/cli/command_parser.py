"""A parser of a subcommand that takes its options anywhere among the other arguments."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NoReturn


class CommandParser(argparse.ArgumentParser):
    """Errors show the usage of the subcommand. An empty argument in place of a name, such as an
    unset shell variable gives, is an error."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        options, positionals = self._divided(args or [])
        names = [str(action.metavar or action.dest) for action in self._get_positional_actions()]
        if "" in positionals:
            empty = positionals.index("")
            self.error(f"{names[min(empty, len(names) - 1)]} is empty" if names else "it is empty")
        if len(positionals) > len(names):
            self._refuse_surplus(positionals, names)
        separator = ["--"] if positionals else []
        parsed, surplus = super().parse_known_args([*options, *separator, *positionals], namespace)
        if surplus:
            self.error(f"unrecognized arguments: {' '.join(surplus)}")
        return parsed, []

    def _divided(self, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
        """The options with their values, and the other arguments, such as all those after `--`."""
        options: list[str] = []
        positionals: list[str] = []
        remaining = iter(arguments)
        for argument in remaining:
            if argument == "--":
                positionals += remaining
            elif not argument.startswith("-") or argument == "-":
                positionals.append(argument)
            else:
                options.append(argument)
                options += self._value(argument, remaining)
        return options, positionals

    def _value(self, option: str, following: Iterator[str]) -> Iterator[str]:
        """The next argument if it is the value of the option; nothing after `--name=value`."""
        known = self._option_string_actions
        names = [option] if option in known else [name for name in known if name.startswith(option)]
        takes_value = len(names) == 1 and known[names[0]].nargs is None
        return islice(following, 1 if takes_value and "=" not in option else 0)

    def _refuse_surplus(self, positionals: Sequence[str], names: Sequence[str]) -> NoReturn:
        surplus = " ".join(positionals[len(names) :])
        if not names:
            self.error(f"unrecognized arguments: {surplus}")
        self.error(
            f"only {' and '.join(names)} can be given, not also {surplus}; for several databases,"
            " run the command for each of them"
        )
