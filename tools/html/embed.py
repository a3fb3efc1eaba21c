#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write html_parts.h: the page before and after its data.

usage: embed.py report.html report.css report.js OUT"""
import base64
import hashlib
import pathlib
import sys


def digest(text):
    return 'sha256-' + base64.b64encode(
        hashlib.sha256(text.encode()).digest()).decode()


def array(name, text):
    data = text.encode()
    rows = [', '.join(map(str, data[i:i + 16]))
            for i in range(0, len(data), 16)]
    body = ',\n    '.join(rows)
    return (f'static const unsigned char {name}[] = {{\n    {body}\n}};\n'
            f'static const size_t {name}_size = sizeof({name});\n')


def main():
    page, style, script = (pathlib.Path(name).read_text(encoding='utf-8')
                           for name in sys.argv[1:4])
    for mark, text in (('STYLE_HASH', digest(style)),
                       ('SCRIPT_HASH', digest(script)),
                       ('STYLE', style), ('SCRIPT', script)):
        page = page.replace(f'@{mark}@', text)
    before, after = page.split('@DATA@')
    pathlib.Path(sys.argv[4]).write_text(
        '/* Written by embed.py. */\n#include <stddef.h>\n\n'
        + array('html_before', before) + array('html_after', after),
        encoding='utf-8')


main()
