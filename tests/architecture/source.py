"""The source of the package as the tests of the architecture read it."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "core": "zbench.core",
    "scenarios": "zbench.scenarios",
    "reports": "zbench.reports",
    "workbench": "zbench",
}


@cache
def modules():
    """Every module of the package: its dotted name, and its file."""
    found = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            if folder == "scenarios" and parts[0] == "peers":
                continue
            inner = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *inner))] = path
    return found


@cache
def tree(name):
    """The syntax tree of a module."""
    return ast.parse(modules()[name].read_text())


@cache
def imports(name):
    """What a module imports of the package, wherever in it: pairs of module and name."""
    found = []
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names if alias.name in modules()]
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.append((inner, None) if inner in modules() else (node.module, alias.name))
    return found


def functions(name):
    """Every function of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(name)) if isinstance(node, kinds)]


def constants(name):
    """Names of the constants that a module defines."""
    found = set()
    for node in tree(name).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper()}
    return found
