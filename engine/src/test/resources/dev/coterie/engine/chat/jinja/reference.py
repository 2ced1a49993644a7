#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Renders the templates of reference.jsonl with Python's jinja2, set up as transformers does.

    pip install jinja2==3.1.6 && python3 reference.py < reference.jsonl > new.jsonl
"""
import datetime
import json
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

MESSAGES = [
    {"role": "system", "content": "be \"kind\""},
    {"role": "user", "content": "h\u00e9llo \U0001f600", "n": 1, "f": 1.5, "l": [None, True]},
]


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_body")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def to_json(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


environment = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
)
environment.filters["tojson"] = to_json
environment.filters["from_json"] = json.loads
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = datetime.datetime(2026, 1, 15, 9, 30).strftime

for line in sys.stdin:
    template = json.loads(line)["template"]
    try:
        row = {"template": template}
        row["text"] = environment.from_string(template).render(messages=MESSAGES, tools=None)
    except Exception as error:
        row["error"] = type(error).__name__ + ": " + str(error)
    print(json.dumps(row))
