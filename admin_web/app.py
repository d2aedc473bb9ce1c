"""The web application: API, health and figures. The caller adds webhooks and pages to it."""

from __future__ import annotations

import json
import logging

from aiohttp import typedefs, web

from admin_web import edge, forms, health, middleware, services
from admin_web.api import catalogue, openapi, registry

KEEPALIVE = 75.0
"""Seconds an idle connection is kept: longer than the usual minute of a proxy in front."""


def build(given: services.Services) -> web.Application:
    """An application with all that every program that serves HTTP offers.

    Routes added to it later share its request numbers, security headers and last resort. Bodies
    are capped at 1 MiB; a route that wants less checks that itself.
    """
    application = web.Application(
        client_max_size=forms.LARGEST_BODY, middlewares=[edge.referencing(given.metrics)]
    )
    application[services.KEY] = given
    application.on_response_prepare.append(edge.securing(given.public_url))
    application.router.add_routes(health.routes)
    operations = catalogue.operations()
    for operation in operations:
        path, serve = f"{openapi.ROOT}{operation.path}", middleware.serving(operation)
        application.router.add_route(operation.method, path, serve)
        if operation.method == "GET":
            application.router.add_route("HEAD", path, serve)
    application.router.add_get(f"{openapi.ROOT}/openapi.json", _document(operations, given))
    return application


def runner(application: web.Application, grace: float) -> web.AppRunner:
    """What serves the application; `grace` is how many seconds open requests get at a stop.

    Packed bodies stay packed, so that none can unpack into more than was sent; what strangers send
    instead of HTTP is one line in the log.
    """
    strangers = logging.getLogger("huihua.http")
    if not strangers.filters:
        strangers.addFilter(edge.strangers_noise)
    return web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=grace,
        keepalive_timeout=KEEPALIVE,
        auto_decompress=False,
        logger=strangers,
    )


def _document(operations: list[registry.Operation], given: services.Services) -> typedefs.Handler:
    text = json.dumps(openapi.document(operations, given.public_url), ensure_ascii=False)

    async def describe(_request: web.Request) -> web.Response:
        return web.json_response(text=text)

    return describe
