"""Mathematics in the pages: LaTeX becomes MathML, which browsers draw without a script."""

import html
import re

from latex2mathml.converter import convert

# what the extension arithmatex makes of $…$ and $$…$$
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>([.,;:)?]*)', re.DOTALL)
_FUNCTION = re.compile(r"(<mi>(?:log|exp|sin|cos|tanh)</mi>)(?=<m(?!o))")  # before no bracket
_UPRIGHT = re.compile(r'(?:<mi mathvariant="normal">\w</mi>)+')  # a word, letter by letter
_DISPLAY = re.compile(r'<div class="arithmatex">\\\[(.*?)\\\]</div>', re.DOTALL)


def with_formulas(page: str) -> str:
    """Return the HTML of a page with its formulas as MathML."""
    return _DISPLAY.sub(_display, _INLINE.sub(_inline, page))


def _inline(match: re.Match[str]) -> str:
    """Return a formula, on one line with the punctuation that follows it."""
    formula = _mathml(match[1], "inline")
    return f'<span class="unbroken">{formula}{match[2]}</span>' if match[2] else formula


def _display(match: re.Match[str]) -> str:
    return f'<div class="formula">{_mathml(match[1], "block")}</div>'


def _mathml(latex: str, display: str) -> str:
    latex = html.unescape(latex).strip()
    latex = latex.replace("{aligned}", "{split}")  # the same, here
    latex = latex.replace(r"\mathrm{E}", r"\operatorname{E}")  # else it would be italic
    formula = _UPRIGHT.sub(_word, convert(latex, display=display))
    return _FUNCTION.sub(r'\1<mspace width="0.167em"/>', formula)


def _word(match: re.Match[str]) -> str:
    letters = "".join(re.findall(r">(\w)<", match[0]))
    return f'<mi mathvariant="normal">{letters}</mi>'
