"""What the reading commands print."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def results(console: Console, reply: dict[str, Any]) -> None:
    table = Table("score", "kind", "when", "who", "text", box=None, header_style="bold")
    for found in reply["results"]:
        when = found["occurred_at"] or found["valid_from"] or ""
        table.add_row(f"{found['score']:.2f}", found["kind"], when[:16], found["speaker"] or "", found["text"])
    console.print(table)
    console.print(f"confidence {reply['confidence']:.2f}, {reply['took_ms']:.1f} ms", style="dim")


def facts(console: Console, items: list[dict[str, Any]]) -> None:
    table = Table("subject", "predicate", "object", "from", "to", "statement", box=None, header_style="bold")
    for fact in items:
        value = fact["object"].get("name") or fact["object"].get("value")
        span = (fact["valid_from"] or "")[:10], (fact["valid_to"] or "")[:10]
        table.add_row(fact["subject"]["name"], fact["predicate"], str(value), *span, fact["statement"])
    console.print(table)


def status(console: Console, ready: dict[str, Any], users: list[dict[str, Any]]) -> None:
    table = Table("part", "", "detail", box=None, header_style="bold")
    for check in ready["checks"]:
        table.add_row(check["name"], "[green]ok[/green]" if check["ok"] else "[red]away[/red]", check["detail"])
    console.print(table)
    if not users:
        return
    columns = ("sessions", "episodes", "entities", "facts", "pending", "failed")
    counts = Table("user", *columns, box=None, header_style="bold")
    for user in users:
        counts.add_row(user["user_id"], *(str(user[column]) for column in columns))
    console.print(counts)
