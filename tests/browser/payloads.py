"""Texts that would run a script, or break out of where they stand, if anything let them. Each says its own number.

What runs calls ``boom(n)``, or opens a dialog, or is refused by the policy of the page, which is reported too.
"""

from __future__ import annotations

from itertools import product
from typing import Final

_CALL: Final = "boom({n})"

_WAYS_IN: Final = (
    "{x}",
    '">{x}',
    "'>{x}",
    "</textarea>{x}",
    "</title>{x}",
    "</template>{x}",
    "-->{x}",
    "]]>{x}",
    "</script>{x}",
    "</style>{x}",
    "<noscript>{x}</noscript>",
    "<math><mtext>{x}",
)
_THINGS: Final = (
    "<script>{call}</script>",
    "<ScRiPt >{call}</sCrIpT>",
    "<img src=x onerror={call}>",
    "<img/src=x/onerror={call}//",
    "<svg onload={call}>",
    "<svg><script>{call}</script></svg>",
    "<body onload={call}>",
    "<details open ontoggle={call}>",
    "<input autofocus onfocus={call}>",
    "<video><source onerror={call}></video>",
    "<iframe srcdoc='<script>parent.{call}</script>'></iframe>",
    "<object data='javascript:{call}'></object>",
    "<a href='javascript:{call}' autofocus>x</a>",
    "<form action='javascript:{call}'><button>x</button></form>",
)
_MARKDOWN: Final = (
    "[x](javascript:{call})",
    "[x](JaVaScRiPt:{call})",
    "[x](java\tscript:{call})",
    "[x](&#106;avascript:{call})",
    "[x](data:text/html;base64,PHNjcmlwdD5ib29tKDApPC9zY3JpcHQ+)",
    "[x](vbscript:{call})",
    "<javascript:{call}>",
    "![x](javascript:{call})",
    '![x](x"onerror="{call})',
    '[x](https://a.test/"onmouseover="{call})',
    '[x](https://a.test "\'onmouseover={call}")',
    "[x]: javascript:{call}\n\n[x]",
    "```html\n<script>{call}</script>\n```",
    "`<img src=x onerror={call}>`",
    "> <img src=x onerror={call}>",
    "| <script>{call}</script> |\n|--|\n| <svg onload={call}> |",
    "# <img src=x onerror={call}>",
    "- <script>{call}</script>",
    "@<img src=x onerror={call}>",
    '@Marisol"onmouseover="{call}',
    "https://a.test/'onmouseover='{call}",
    "http://a.test/?<script>{call}</script>",
    "*a*<b onmouseover={call}>b</b>",
    "\\<script>{call}\\</script>",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "&#60;script&#62;{call}&#60;/script&#62;",
    "<scr\x00ipt>{call}</script>",
    "<<script>script>{call}</script>",
    "{{{{constructor.constructor('{call}')()}}}}",
    "${{{call}}}",
    "<style>@import 'javascript:{call}'</style>",
    "<meta http-equiv=refresh content='0;url=javascript:{call}'>",
    "<base href='javascript:{call}//'>",
    "<link rel=import href='javascript:{call}'>",
)


def _filled() -> list[str]:
    shapes = [way.replace("{x}", thing) for way, thing in product(_WAYS_IN, _THINGS)]
    return [shape.format(n=number, call=_CALL.format(n=number)) for number, shape in enumerate([*shapes, *_MARKDOWN])]


PAYLOADS: Final = tuple(_filled())
"""More than two hundred, each once."""
