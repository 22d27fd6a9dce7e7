"""One module per concern; each parses, makes one call into the product, and returns."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.routes import (
    admin,
    context,
    entities,
    episodes,
    facts,
    graph,
    history,
    jobs,
    modelling,
    notes,
    operate,
    operations,
    search,
    sessions,
    tools,
    users,
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        episodes,
        search,
        context,
        history,
        facts,
        graph,
        entities,
        notes,
        tools,
        operations,
        sessions,
        users,
        jobs,
        admin,
        modelling,
        operate,
    )
)
