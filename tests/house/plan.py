"""Measures the layout over the files that git tracks: imports, folders, lengths, constants and their comments."""

import ast
import io
import subprocess
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE_ROOMS = ("imgdiff", "gateway", "services", "training", "benchmarks")
_PRAGMAS = ("# fmt:", "# noqa", "# type:")  # comments for a tool, which explain nothing to a reader

Imports = dict[str, set[str]]  # module -> the modules of ours that it imports, lazily or not


def tracked(pattern: str = "*") -> list[Path]:
    """Files that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


@cache
def modules() -> list[Path]:
    """Files of product code, benchmarks and training."""
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in CODE_ROOMS]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name(path: Path) -> str:
    """The dotted name of a module."""
    return short(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@cache
def imports() -> Imports:
    """Every import between files of ours, those inside functions included."""
    files = [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in {*CODE_ROOMS, "tests"}]
    known = {name(path) for path in files}
    return {name(path): set(_imported(path, known)) - {name(path)} for path in files}


def _imported(path: Path, known: set[str]) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield from (found for found in (module if module in known else node.module,) if found in known)


def longest_chain(room: str) -> list[str]:
    """The longest chain of imports inside one package; its length is the package's import depth."""
    graph = {module: _inside(room, others) for module, others in imports().items() if _inside(room, {module})}

    @cache
    def chain(module: str) -> tuple[str, ...]:
        return (module, *max((chain(other) for other in graph[module]), key=len, default=()))

    return list(max((chain(module) for module in graph), key=len))


def _inside(room: str, names: set[str]) -> set[str]:
    return {module for module in names if module == room or module.startswith(f"{room}.")}


def folder_cycles(room: str) -> list[str]:
    """Neighbours in one folder that import one another; a folder counts with all it holds, a file by itself."""
    packages = {name(path) for path in modules() if path.name == "__init__.py"}
    return [cycle for package in sorted(_inside(room, packages)) for cycle in _cycles(_neighbours(package))]


def _neighbours(package: str) -> Imports:
    """Imports between the entries of one package, each import with the modules that cause it."""
    arrows: Imports = defaultdict(set)
    for module, others in imports().items():
        here = _entry(package, module)
        arrows[here] |= {_entry(package, other) for other in others} - {here}
    return {here: others - {""} for here, others in arrows.items() if here}


def _entry(package: str, module: str) -> str:
    """The direct child of the package that a module is or belongs to; empty for a module outside it."""
    if module == package:
        return f"{package}.__init__"
    return ".".join(module.split(".")[: package.count(".") + 2]) if module.startswith(f"{package}.") else ""


def _cycles(arrows: Imports) -> Iterator[str]:
    """Groups of entries that reach one another."""
    reached = {start: _reachable(arrows, start) for start in arrows}
    groups = {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in arrows if a in reached[a]}
    yield from (" <-> ".join(sorted(group)) for group in groups)


def _reachable(arrows: Imports, start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(arrows.get(start, ()))
    while ahead:
        if (here := ahead.pop()) not in seen:
            seen.add(here)
            ahead.extend(arrows.get(here, ()))
    return seen


def folder_sizes() -> dict[str, int]:
    """How many modules each folder of code holds, `__init__` and subfolders not counted."""
    sizes: dict[str, int] = defaultdict(int)
    for path in modules():
        sizes[short(path.parent)] += path.name != "__init__.py"
    return dict(sizes)


def functions(path: Path) -> list[tuple[str, int]]:
    """Name and lines of every function of a file."""
    found = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(f"{short(path)}:{n.lineno} {n.name}", (n.end_lineno or n.lineno) - n.lineno + 1) for n in found]


def bare_constants(path: Path) -> list[str]:
    """Named numbers of a module with no comment beside or above them and no docstring below."""
    beside, alone = _comments(path.read_text())
    body = tree(path).body
    return [
        f"{short(path)}:{node.lineno} {names}"
        for node, below in zip(body, [*body[1:], None], strict=True)
        if (names := _constants(node)) and not _is_docstring(below)
        if node.lineno - 1 not in alone and not beside & set(range(node.lineno, (node.end_lineno or 0) + 1))
    ]


def _comments(text: str) -> tuple[set[int], set[int]]:
    """Lines with a comment, and those with nothing but a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    found = [t for t in tokens if t.type == tokenize.COMMENT and not t.string.startswith(_PRAGMAS)]
    return {t.start[0] for t in found}, {t.start[0] for t in found if t.line.lstrip().startswith("#")}


def _constants(node: ast.stmt) -> str:
    """Names that a statement binds to numbers; empty if it binds something else."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return ", ".join(map(ast.unparse, targets)) if value and _is_number(value) else ""


def _is_number(value: ast.expr) -> bool:
    """A number, arithmetic with a number in it, or a sequence of these."""
    match value:
        case ast.Constant(value=number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) or _is_number(right)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return bool(elements) and all(map(_is_number, elements))
    return False


def _is_docstring(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
