"""All situations, from every module."""

from tests.people import arrays, files, folders, tables, words

SITUATIONS = [
    *arrays.SITUATIONS,
    *folders.SITUATIONS,
    *tables.SITUATIONS,
    *files.SITUATIONS,
    *words.SITUATIONS,
]
