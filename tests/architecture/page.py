"""The parts of docs/architecture.md that follow from the code.

``python -m tests.architecture.page`` writes them.

Each stands in the page between ``<!-- NAME -->`` and ``<!-- end -->``; a test compares them.
"""

import ast
import re
import tomllib

from tests.architecture.source import FOLDERS, ROOT

PAGE = ROOT / "docs" / "architecture.md"
WIDTH = 72


def contracts():
    """The layers of each container, from the top, each a list of packages side by side."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {
        contract["containers"][0]: [layer.split(" | ") for layer in contract["layers"]]
        for contract in settings["contracts"]
        if contract["type"] == "layers"
    }


def picture(container):
    """Layers as boxes, the highest first; each may import those below it, not those beside it."""
    lines = []
    for layer in contracts()[container]:
        each = (WIDTH - 1) // len(layer) - 1
        cells = [name.center(each) for name in layer]
        cells[-1] = cells[-1].center(WIDTH - 2 - (each + 1) * (len(layer) - 1))
        edge = "+" + "+".join("-" * len(cell) for cell in cells) + "+"
        if lines:  # one edge between two layers, with the corners of both
            edge_above = lines.pop()
            lines.append(
                "".join(max(pair, key="-+".index) for pair in zip(edge_above, edge, strict=True))
            )
        else:
            lines.append(edge)
        lines += ["|" + "|".join(cells) + "|", edge]
    return "```text\n" + "\n".join(lines) + "\n```"


def duty(path):
    """The first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return text.splitlines()[0].removesuffix(".")


def table(folder):
    """A row a package or module of a folder, in the order of its layers."""
    layers = contracts()[FOLDERS[folder]]
    rows = ["| package | duty |", "| --- | --- |"]
    for name in [name for layer in layers for name in layer]:
        base = ROOT / folder / name
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if path.is_file():
            rows.append(f"| `{name}` | {duty(path)} |")
        rows += [
            f"| `{name}/{inner.parent.name}` | {duty(inner)} |"
            for inner in sorted(base.glob("*/__init__.py"))
        ]
    return "\n".join(rows)


BLOCKS = {
    "layers of the core": lambda: picture("zbench.core"),
    "packages of the core": lambda: table("core"),
    "layers of the workbench": lambda: picture("zbench"),
    "packages of the workbench": lambda: table("workbench"),
    "packages of the scenarios": lambda: table("scenarios"),
}


def written(page):
    """The page with each block as it follows from the code."""
    for name, make in BLOCKS.items():
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- end -->)"
        assert re.search(pattern, page, re.DOTALL), f"{PAGE.name} has no block {name!r}"
        block = make().replace("\\", r"\\")
        page = re.sub(pattern, rf"\g<1>{block}\g<2>", page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
