#!/usr/bin/env python3
"""Checks openapi/release-gateway.yaml with openapi-spec-validator and its examples with jsonschema (both from PyPI).

The Swift tests hold the document against the routes and real answers; this holds it against the specification.
Usage: openapi-check.py [FILE]. Exits 1 and names every fault when there is one.
"""
import sys

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator


def resolve(document, node):
    """Follows one local reference."""
    if not (isinstance(node, dict) and "$ref" in node):
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        document = document[step]
    return document


def media_types(document, node):
    """Every object with a schema and examples, wherever it stands."""
    if isinstance(node, dict):
        if "schema" in node and "examples" in node:
            yield node
        for child in node.values():
            yield from media_types(document, child)
    elif isinstance(node, list):
        for child in node:
            yield from media_types(document, child)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "openapi/release-gateway.yaml"
    with open(path, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    faults = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in
              OpenAPIV31SpecValidator(document).iter_errors()]
    examples = 0
    for media in media_types(document, document):
        # The schema refers to the document's own components.
        schema = dict(media["schema"], components=document["components"])
        validator = Draft202012Validator(schema)
        for name, example in media["examples"].items():
            examples += 1
            value = resolve(document, example)["value"]
            faults += [f"example {name}: {e.json_path}: {e.message}" for e in validator.iter_errors(value)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{path}: {len(document['paths'])} paths, {examples} examples, {len(faults)} faults")
    return 1 if faults or examples == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
