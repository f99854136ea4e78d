"""Holds the OpenAPI document to the OpenAPI 3.1 schema. Usage: openapi.py FILE"""

import sys

import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
          for error in OpenAPIV31SpecValidator(document).iter_errors()]
for error in errors[:20]:
    print("openapi:", error)
print(f"{0 if errors else 1} passed, {len(errors)} failed")
sys.exit(1 if errors else 0)
