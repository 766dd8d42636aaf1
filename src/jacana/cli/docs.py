"""`jacana docs`: writes the reference chapters from the program, so that they cannot lie."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jacana.cli.context import console
from jacana.model import errors, fault
from jacana.settings import ENVIRONMENT_PREFIX, SETTING_FIELDS
from jacana.web.operations import METRICS

_NOTE = "<!-- Written by `make docs` from the program; do not edit. -->\n"


def docs(folder: Annotated[Path, typer.Argument(help="Folder to write to.")] = Path("docs/reference")) -> None:
    """Write settings, commands, errors, metrics and fault points as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write_reference().items():
        (folder / name).write_text(text, encoding="utf-8")
        console.print(f"wrote {folder / name}")


def write_reference() -> dict[str, str]:
    """Return file name -> Markdown of every reference chapter."""
    return {
        "settings.md": _describe_settings(),
        "commands.md": _describe_commands(),
        "errors.md": _describe_errors(),
        "metrics.md": _describe_metrics(),
        "faults.md": _describe_faults(),
    }


def _describe_settings() -> str:
    rows = [
        f"| `{name}` | {_type_name(item.type)} | {_default(item)} | {item.metadata['help']}{_choices(item)} |"
        for name, item in SETTING_FIELDS.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            _NOTE,
            "Each can stand in `jacana.toml` under its name, or in the environment in capitals after the prefix",
            f"`{ENVIRONMENT_PREFIX}`. Flags win over the environment, that over the file. `jacana settings` shows",
            "what is in force and where it came from, with secrets masked.",
            "",
            "| Setting | Type | Default | What it is |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _type_name(kind: Any) -> str:
    return {"Path": "path", "str": "text", "int": "whole number", "float": "number", "bool": "yes or no"}[kind.__name__]


def _default(item: Any) -> str:
    return f"`{item.default}`" if str(item.default) else ("secret, none" if item.metadata["secret"] else "empty")


def _choices(item: Any) -> str:
    choices = item.metadata["choices"]
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""


def _describe_commands() -> str:
    from jacana.cli import build_command

    root = build_command()
    context = typer.Context(root, info_name="jacana")
    lines = ["# Commands", "", _NOTE, "`jacana COMMAND --help` says more.", ""]
    for name in sorted(root.list_commands(context)):
        command = root.get_command(context, name)
        if command is None:
            continue
        lines += [f"## jacana {name}", "", _help_of(command), ""]
        for child in sorted(getattr(command, "commands", {}).items()):
            lines.append(f"- `jacana {name} {_usage(child[0], child[1])}`: {_help_of(child[1])}")
        if getattr(command, "commands", {}):
            lines.append("")
        else:
            lines += [f"    jacana {_usage(name, command)}", ""]
    return "\n".join(lines)


def _usage(name: str, command: Any) -> str:
    parts = [name]
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            parts.append(parameter.name.upper())
        else:
            parts.append(f"[{parameter.opts[0]}]")
    return " ".join(parts)


def _help_of(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _describe_errors() -> str:
    rows = sorted((kind.code, kind.__name__, (kind.__doc__ or "").split("\n")[0]) for kind in _all_errors())
    lines = [
        "# Errors",
        "",
        _NOTE,
        "Every error has a stable code; HTTP answers carry it as `code` in a problem document",
        "(RFC 9457).",
        "",
    ]
    lines += [
        "| Code | Error | Meaning |",
        "|---|---|---|",
        *(f"| `{code}` | {name} | {text} |" for code, name, text in rows),
        "",
    ]
    return "\n".join(lines)


def _all_errors() -> set[type[errors.JacanaError]]:
    import jacana.cli.context  # noqa: F401  # importing the composition root defines every error

    found, waiting = set(), [errors.JacanaError]
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting += kind.__subclasses__()
    return {kind for kind in found if kind.__module__.startswith("jacana.")}


def _describe_metrics() -> str:
    rows = [f"| `{name}` | {text} |" for name, text in METRICS.items()]
    return "\n".join(
        [
            "# Metrics",
            "",
            _NOTE,
            "At `/metrics`, in Prometheus' format.",
            "",
            "| Metric | Meaning |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _describe_faults() -> str:
    rows = [f"- `{name}`" for name in fault.FAULT_POINTS]
    return "\n".join(
        [
            "# Fault points",
            "",
            _NOTE,
            "Started with `JACANA_FAULT=<name>`, the process kills itself there. For tests.",
            "",
            *rows,
            "",
        ]
    )
