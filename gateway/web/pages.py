"""The two HTML documents, with policies under which a browser runs our files alone, and nothing that is stored."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from gateway.web.files import digest, files
from imgdiff import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_LIBRARIES = {
    "preact": "preact/preact.mjs",
    "preact/hooks": "preact/hooks.mjs",
    "@preact/signals-core": "signals/signals-core.mjs",
    "@preact/signals": "signals/signals.mjs",
    "htm": "htm/htm.mjs",
}
_FIRST = ("app/core/", "app/shell/", "app/compare/")  # what the first view needs; others come when they are opened
_SAME = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'"
_DOCS_POLICY = f"{_SAME}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


@dataclass(frozen=True)
class Document:
    """An HTML document, and the policy that goes with it."""

    html: str
    policy: str

    @property
    def digest(self) -> str:
        """Another one for another text."""
        return hashlib.sha256(self.html.encode()).hexdigest()[:32]


@cache
def render_app(max_upload_bytes: int, image_urls: bool) -> Document:
    """The page; `image_urls` is whether it offers to name images by URL."""
    base = f"web/{digest()}"
    imports = {name: f"./{base}/vendor/{path}" for name, path in _LIBRARIES.items()}
    imported = json.dumps({"imports": imports})
    ahead = [*imports.values(), *(f"./{base}/{path}" for path in files() if path.startswith(_FIRST))]
    html = _fill(
        "app.html",
        base=base,
        imports=imported,
        preloads="\n".join(f'<link rel="modulepreload" href="{path}">' for path in ahead),
        max_upload_bytes=str(max_upload_bytes),
        image_urls="yes" if image_urls else "no",
    )
    hashed = base64.b64encode(hashlib.sha256(imported.encode()).digest()).decode()
    scripts = f"script-src 'self' 'sha256-{hashed}'; require-trusted-types-for 'script'; trusted-types 'none'"
    return Document(html, f"{_SAME}; {scripts}; style-src 'self'; img-src 'self' blob: data:")


@cache
def render_docs() -> Document:
    """The description of the API. Swagger UI, which draws it, needs inline styles."""
    return Document(_fill("docs.html", base=f"web/{digest()}"), _DOCS_POLICY)


def _fill(name: str, **values: str) -> str:
    template = Template((_TEMPLATES / name).read_text("utf-8"))
    return template.substitute(values, version=escape(__version__))
