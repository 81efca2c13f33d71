"""The landing page: plain HTML with links."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from imgdiff import __version__

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>imgdiff</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem }}
pre {{ padding: .9rem 1rem; border: 1px solid #8886; border-radius: .4rem; overflow-x: auto; font-size: .85rem }}
</style>
</head>
<body>
<main>
<h1>imgdiff</h1>
<p>Where two images differ and what changed, with evidence. Version {__version__}.</p>
<h2>Try it</h2>
<pre><code>curl -s -H 'Prefer: wait=60' \\
  -F image1=@before.jpg -F image2=@after.jpg \\
  http://localhost:8000/v1/difference-captions</code></pre>
<p>The answer is a job; its record holds the captions, and
<code>/v1/records/&lt;id&gt;/preview</code> shows them as a picture.</p>
<h2>Look around</h2>
<ul>
<li><a href="/docs">The API, route by route</a> (<a href="/openapi.json">OpenAPI</a>)</li>
<li><a href="/v1/jobs">Jobs</a>, <a href="/v1/datasets">datasets</a>, <a href="/v1/models">models</a></li>
<li><a href="/v1/schemas">JSON Schemas</a> of every document</li>
<li><a href="/readyz">Readiness</a>, <a href="/metrics">metrics</a></li>
</ul>
</main>
</body>
</html>
"""


@router.get("/")
async def landing() -> HTMLResponse:
    """The landing page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
